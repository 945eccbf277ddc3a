import { runClient, type SftpClient } from './client.ts';

/** `rclone copy` with eight transfers at once, the checksums that its SFTP server cannot make left out. */
export const rcloneClient: SftpClient = {
  name: 'rclone',
  packages: ['rclone'],
  async run({ kind, server, local, remote, inside }) {
    const { host, port, user, keyFile } = server;
    const options = [
      `host=${host}`,
      `port=${port}`,
      `user=${user}`,
      `key_file=${keyFile ?? ''}`,
      'shell_type=unix',
    ];
    const far = `:sftp,${options.join(',')}:${remote}`;
    const verb = kind.endsWith('-tree') ? 'copy' : 'copyto';
    const [from, to] = kind.startsWith('get') ? [far, local] : [local, far];
    const quiet = ['--config', '/dev/null', '--ignore-checksum', '--ignore-times'];
    await runClient([...inside, 'rclone', verb, from, to, '--transfers', '8', ...quiet]);
  },
};
