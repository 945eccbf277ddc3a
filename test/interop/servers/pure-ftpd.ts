import { execFileSync } from 'node:child_process';
import { withAccount } from './namespace.ts';
import {
  account,
  findPeerProgram,
  freePort,
  passwordHash,
  peerEnvironment,
  PeerPlace,
  startPeerProgram,
  type PeerOptions,
  type PeerServer,
} from './peer.ts';

/** Pure-FTPd with a user of its own database. */
export async function startPureFtpd(program: string, options: PeerOptions): Promise<PeerServer> {
  const place = new PeerPlace();
  const port = await freePort();
  const { user, id } = account;
  const line = `${user}:${passwordHash()}:${id}:${id}::${place.root}/./::::::::::::`;
  const passwords = await place.write('passwd', `${line}\n`);
  const database = `${place.directory}/passwd.pdb`;
  const tool = findPeerProgram('/usr/bin/pure-pw');
  if (tool === null) throw new Error('pure-pw is missing');
  execFileSync(tool, ['mkdb', database, '-f', passwords], { env: { ...process.env, ...peerEnvironment } });
  const flags = {
    bind: `127.0.0.1,${port}`,
    syslogfacility: 'none',
    login: `puredb:${database}`,
    minuid: '1',
    tls: options.tls === true ? '1' : '0',
    certfile: place.both,
    pidfile: `${place.directory}/pid`,
  };
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const command = [
    ...(await withAccount(place)),
    program,
    '--ipv4only',
    '--dontresolve',
    '--chrooteveryone',
    ...words,
  ];
  return startPeerProgram('pure-ftpd', place, { command, port });
}
