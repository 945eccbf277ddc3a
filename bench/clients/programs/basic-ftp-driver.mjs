/** Moves files with basic-ftp, as its README shows. What to do is the one argument, in JSON. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const work = JSON.parse(process.argv[2] ?? '{}');
const { Client } = createRequire(join(work.module, 'package.json'))(work.module);

const client = new Client();
const { host, port, user, password } = work;
const secure = work.protocol === 'ftpes';
await client.access({ host, port, user, password, secure, secureOptions: { rejectUnauthorized: false } });
const actions = {
  get: () => client.downloadTo(work.local, work.remote),
  put: () => client.uploadFrom(work.local, work.remote),
  'get-tree': () => client.downloadToDir(work.local, work.remote),
  'put-tree': () => client.uploadFromDir(work.local, work.remote),
};
await actions[work.kind]();
client.close();
