import { access } from 'node:fs/promises';
import { MissingPeer } from '../../peers/peer.ts';
import { runClient, sshOptions } from '../client.ts';
import { parallel, type ClientProgram, type Errand } from './program.ts';

const words: Readonly<Record<Errand['kind'], (errand: Errand) => string>> = {
  get: ({ remote, local }) => `get ${remote} -o ${local}`,
  put: ({ remote, local }) => `put ${local} -o ${remote}`,
  'get-tree': ({ remote, local }) => `mirror -P ${parallel} ${remote} ${local}`,
  'put-tree': ({ remote, local }) => `mirror -R -P ${parallel} ${local} ${remote}`,
};

function settings({ protocol, server }: Errand): readonly string[] {
  if (protocol === 'sftp') {
    const ssh = ['ssh', '-a', '-x', ...sshOptions(server)].join(' ');
    return [`set sftp:connect-program "${ssh}"`, 'set sftp:auto-confirm yes'];
  }
  if (protocol === 'ftp') return ['set ftp:ssl-allow no'];
  return ['set ftp:ssl-force yes', 'set ftp:ssl-protect-data yes', 'set ssl:verify-certificate no'];
}

/** lftp, SFTP over OpenSSH's `ssh`; directories with four transfers at once. */
export const lftpProgram: ClientProgram = {
  name: 'lftp',
  packages: ['lftp', 'openssh-client'],
  protocols: ['ftp', 'ftpes', 'sftp'],
  oneByOne: false,
  mirrors: true,
  versionCommand: ['lftp', '--version'],
  prepare: () => requireProgram('/usr/bin/lftp'),
  async run(errand) {
    const { kind, protocol, server, inside, onStart } = errand;
    const { host, port, user, account } = server;
    const password = protocol === 'sftp' ? '' : account.password;
    const script = [
      ...settings(errand),
      'set cmd:fail-exit yes',
      `open -u ${user},${password} ${protocol === 'sftp' ? 'sftp' : 'ftp'}://${host}:${port}`,
      words[kind](errand),
      'bye',
    ];
    await runClient([...inside, 'lftp', '--norc', '-c', script.join('; ')], {}, onStart);
  },
};

/** @throws MissingPeer when a program is not installed */
export async function requireProgram(path: string): Promise<void> {
  await access(path).catch(() => {
    throw new MissingPeer(`there is no ${path}`);
  });
}
