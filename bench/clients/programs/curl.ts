import { join } from 'node:path';
import { writeConfig } from '../../workspace.ts';
import { runClient } from '../client.ts';
import { requireProgram } from './lftp.ts';
import { parallel, urlOf, type ClientProgram, type Errand } from './program.ts';

/** One line pair a file: curl takes the names from a file, because it does not walk directories. */
function list(errand: Errand): string {
  const { kind, names, local, remote } = errand;
  const up = kind.startsWith('put');
  const files = kind.endsWith('-tree')
    ? names.map((name) => ({ near: join(local, name), far: `${remote}/${name}` }))
    : [{ near: local, far: remote }];
  return files
    .map(({ near, far }) => {
      const url = urlOf({ ...errand, remote: far }, errand.protocol === 'sftp' ? 'sftp' : 'ftp');
      return `url = "${url}"\n${up ? 'upload-file' : 'output'} = "${near}"\n`;
    })
    .join('');
}

/** curl, with four transfers at once where there is more than one file. */
export const curlProgram: ClientProgram = {
  name: 'curl',
  packages: ['curl'],
  protocols: ['ftp', 'ftpes', 'sftp'],
  oneByOne: false,
  mirrors: false,
  versionCommand: ['curl', '--version'],
  prepare: () => requireProgram('/usr/bin/curl'),
  async run(errand, workspace) {
    const { kind, protocol, server, inside } = errand;
    const config = await writeConfig(workspace, 'curl.config', list(errand));
    const several = kind.endsWith('-tree') ? ['--parallel', '--parallel-max', String(parallel)] : [];
    const tls = protocol === 'ftpes' ? ['--ssl-reqd'] : [];
    const key = server.keyFile === null ? [] : ['--key', server.keyFile, '--pubkey', `${server.keyFile}.pub`];
    await runClient([
      ...inside,
      'curl',
      '-q',
      '-sS',
      '-k',
      '--ftp-method',
      'nocwd',
      ...several,
      ...tls,
      ...key,
      '-K',
      config,
    ]);
  },
};
