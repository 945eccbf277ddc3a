import { opensshClient } from '../openssh.ts';
import { requireProgram } from './lftp.ts';
import type { ClientProgram } from './program.ts';

/** OpenSSH's `sftp`. */
export const opensshProgram: ClientProgram = {
  name: 'sftp',
  packages: opensshClient.packages,
  protocols: ['sftp'],
  oneByOne: true,
  mirrors: false,
  prepare: () => requireProgram('/usr/bin/sftp'),
  run: (errand, workspace) => opensshClient.run(errand, workspace),
};
