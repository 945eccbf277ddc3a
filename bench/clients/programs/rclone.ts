import { runClient } from '../client.ts';
import { requireProgram } from './lftp.ts';
import { parallel, type ClientProgram, type Errand } from './program.ts';

async function remoteOf({ protocol, server, remote }: Errand): Promise<string> {
  const { host, port, user, keyFile, account } = server;
  const options =
    protocol === 'sftp'
      ? { host, port, user, key_file: keyFile ?? '', shell_type: 'unix' }
      : {
          host,
          port,
          user,
          pass: (await runClient(['rclone', 'obscure', account.password])).trim(),
          explicit_tls: protocol === 'ftpes',
          no_check_certificate: true,
          // Its TLS 1.3 does not get along with vsftpd.
          disable_tls13: true,
        };
  const words = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return `:${protocol === 'sftp' ? 'sftp' : 'ftp'},${words.join(',')}:${remote}`;
}

/** `rclone copy`; checksums that an SFTP server cannot make are left out. */
export const rcloneProgram: ClientProgram = {
  name: 'rclone',
  packages: ['rclone'],
  protocols: ['ftp', 'ftpes', 'sftp'],
  oneByOne: false,
  mirrors: false,
  versionCommand: ['rclone', 'version'],
  prepare: () => requireProgram('/usr/bin/rclone'),
  async run(errand) {
    const { kind, local, inside } = errand;
    const far = await remoteOf(errand);
    const verb = kind.endsWith('-tree') ? 'copy' : 'copyto';
    const [from, to] = kind.startsWith('get') ? [far, local] : [local, far];
    // As many transfers as the others have; `--checkers` would else open eight connections more.
    const load = ['--transfers', String(parallel), '--checkers', String(parallel)];
    // Large files in several streams fail at vsftpd.
    const streams = ['--multi-thread-streams', '0'];
    const quiet = ['--config', '/dev/null', '--ignore-checksum', '--ignore-times'];
    await runClient([...inside, 'rclone', verb, from, to, ...load, ...streams, ...quiet]);
  },
};
