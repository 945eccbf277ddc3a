import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askPassEnvironment, runClient, sshOptions, type Job, type SftpClient } from './client.ts';

const words: Readonly<Record<Job['kind'], (job: Job) => string>> = {
  get: ({ remote, local }) => `get ${remote} ${local}`,
  put: ({ remote, local }) => `put ${local} ${remote}`,
  'get-tree': ({ remote, local }) => `get -r ${remote}/* ${local}/`,
  'put-tree': ({ remote, local }) => `put -r ${local}/* ${remote}/`,
};

/** OpenSSH's `sftp`, fed by a batch file. */
export const opensshClient: SftpClient = {
  name: 'sftp',
  packages: ['openssh-client'],
  async run(job, workspace) {
    const { server, cipher, inside } = job;
    const batch = join(workspace.scratch, 'sftp-batch');
    await writeFile(batch, `${words[job.kind](job)}\n`);
    const ciphers = cipher === undefined ? [] : ['-c', cipher];
    const target = ['-P', String(server.port), `${server.user}@${server.host}`];
    await runClient(
      [...inside, 'sftp', '-q', ...sshOptions(server), ...ciphers, '-b', batch, ...target],
      await askPassEnvironment(server, workspace),
    );
  },
};
