import { dirname } from 'node:path';
import { freePort, run, writeConfig } from '../workspace.ts';
import { findProgram, libraryPath } from './debian.ts';
import { createNamespace } from './namespace.ts';
import { flagsOf } from '../processes.ts';
import { account, accountId, type Peer } from './peer.ts';
import { startPeer } from './start.ts';

const packages = ['pure-ftpd', 'pure-ftpd-common'];
const path = '/usr/sbin/pure-ftpd';

export const pureFtpd: Peer = {
  name: 'pure-ftpd',
  title: 'Pure-FTPd',
  kind: 'peer',
  sessionModel: 'process',
  capabilities: new Set(['plain', 'tls', 'mlsd', 'anonymous', 'write']),
  packages,
  async prepare(workspace) {
    await findProgram(workspace, path, packages);
    await createNamespace(workspace);
  },
  async start(workspace) {
    const port = await freePort();
    const program = await findProgram(workspace, path, packages);
    const passwordTool = await findProgram(workspace, '/usr/bin/pure-pw', packages);
    const namespace = await createNamespace(workspace);
    // The same hash as the other system accounts have: its own default, Argon2 with hundreds of megabytes, allows one login in 3 s.
    const line = `${account.user}:${namespace.passwordHash}:${accountId}:${accountId}::${workspace.tree}/./::::::::::::`;
    const passwords = await writeConfig(workspace, 'pure-ftpd/passwd', `${line}\n`);
    const directory = dirname(passwords);
    const database = `${directory}/passwd.pdb`;
    await run(passwordTool, ['mkdb', database, '-f', passwords]);
    const flags = flagsOf({
      bind: `127.0.0.1,${port}`,
      syslogfacility: 'none',
      maxclientsnumber: '10000',
      // Wide, for it does not use a port again that rests.
      passiveportrange: '10000:21999',
      limitrecursion: '1000000:5',
      maxidletime: '60',
      login: `puredb:${database}`,
      minuid: '1',
      tls: '1',
      certfile: workspace.keyAndCertificate,
      pidfile: `${directory}/pid`,
    });
    const switches = ['--ipv4only', '--dontresolve', '--chrooteveryone'];
    return startPeer([...namespace.command, program, ...switches, ...flags], port, {
      LD_LIBRARY_PATH: libraryPath(workspace),
    });
  },
};
