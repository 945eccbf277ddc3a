import { join } from 'node:path';
import { run } from '../../workspace.ts';
import { runClient } from '../client.ts';
import { parallel, urlOf, type ClientProgram, type Errand } from './program.ts';

const root = join(import.meta.dirname, '../../..');
const program = join(root, 'bin/wherry');

const words: Readonly<Record<Errand['kind'], (local: string, url: string) => readonly string[]>> = {
  get: (local, url) => ['get', '-o', local, url],
  put: (local, url) => ['put', local, url],
  'get-tree': (local, url) => ['mirror', '--parallel', String(parallel), url, local],
  'put-tree': (local, url) => ['mirror', '--parallel', String(parallel), local, url],
};

/** wherry's command line. */
export const wherryProgram: ClientProgram = {
  name: 'wherry',
  packages: [],
  protocols: ['ftp', 'ftpes', 'sftp'],
  oneByOne: false,
  mirrors: true,
  versionCommand: [program, '--version'],
  // As `npm ci` leaves it, whatever has been edited since.
  async prepare() {
    await run(process.execPath, [join(root, 'scripts/build-program.mjs')]);
  },
  async run(errand) {
    const { kind, protocol, local, server, inside, onStart } = errand;
    const tls = protocol === 'ftp' ? ['--tls', 'off'] : ['--tls', 'require', '--insecure'];
    const trust =
      protocol === 'sftp'
        ? ['--host-keys', 'off', ...(server.keyFile === null ? [] : ['--identity', server.keyFile])]
        : tls;
    const url = urlOf(errand, protocol === 'sftp' ? 'sftp' : 'ftp');
    await runClient([...inside, program, ...words[kind](local, url), '--quiet', ...trust], {}, onStart);
  },
};
