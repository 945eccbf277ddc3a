/** Moves files with ssh2-sftp-client, as its README shows. What to do is the one argument, in JSON. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const work = JSON.parse(process.argv[2] ?? '{}');
const Client = createRequire(join(work.module, 'package.json'))(work.module);

const client = new Client();
const { host, port, user, password, keyFile } = work;
const login = keyFile === null ? { password } : { privateKey: readFileSync(keyFile) };
await client.connect({ host, port, username: user, ...login });
const actions = {
  get: () => client.fastGet(work.remote, work.local),
  put: () => client.fastPut(work.local, work.remote),
  'get-tree': () => client.downloadDir(work.remote, work.local),
  'put-tree': () => client.uploadDir(work.local, work.remote),
};
await actions[work.kind]();
await client.end();
