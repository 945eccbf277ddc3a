import { runClient, sshOptions, type Job, type SftpClient } from './client.ts';

const words: Readonly<Record<Job['kind'], (job: Job) => string>> = {
  get: ({ remote, local }) => `get ${remote} -o ${local}`,
  put: ({ remote, local }) => `put ${local} -o ${remote}`,
  'get-tree': ({ remote, local }) => `mirror -P 4 ${remote} ${local}`,
  'put-tree': ({ remote, local }) => `mirror -R -P 4 ${local} ${remote}`,
};

/** lftp over OpenSSH's `ssh`, trees with four transfers at once. */
export const lftpClient: SftpClient = {
  name: 'lftp',
  packages: ['lftp', 'openssh-client'],
  async run(job) {
    const { server, inside } = job;
    const ssh = ['ssh', '-a', '-x', ...sshOptions(server)].join(' ');
    const script = [
      `set sftp:connect-program "${ssh}"`,
      'set sftp:auto-confirm yes',
      'set cmd:fail-exit yes',
      `open -u ${server.user}, sftp://${server.host}:${server.port}`,
      words[job.kind](job),
      'bye',
    ];
    await runClient([...inside, 'lftp', '--norc', '-c', script.join('; ')]);
  },
};
