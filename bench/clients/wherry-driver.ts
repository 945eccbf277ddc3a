/**
 * wherry's SFTP client for the bench, as a program of its own: it moves files, makes connections for a while, or holds
 * some open. What to do is its one argument, in JSON.
 */
import { readFileSync } from 'node:fs';
import { dirname, basename } from 'node:path';
import { once } from 'node:events';
import { Secret } from '../../src/core/secret.ts';
import type { VirtualPath } from '../../src/core/virtual-path.ts';
import { connectSftp } from '../../src/protocols/sftp/client/connect.ts';
import type { SftpConnection } from '../../src/protocols/sftp/client/sftp-connection.ts';
import { algorithmSets } from '../../src/protocols/ssh/algorithms.ts';
import { parsePrivateKey } from '../../src/protocols/ssh/keys/openssh-private-key.ts';
import { local as openLocal } from '../../src/storage/local/local.ts';

type Work = {
  readonly kind: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keyFile: string | null;
  readonly password: string;
  readonly local: string;
  readonly remote: string;
  readonly cipher?: string;
  readonly count: number;
  readonly seconds: number;
};

const work = JSON.parse(process.argv[2] ?? '{}') as Work;
const key = work.keyFile === null ? null : parsePrivateKey(readFileSync(work.keyFile, 'utf8'));

function connect(): Promise<SftpConnection> {
  const { cipher } = work;
  const algorithms = algorithmSets.compatible;
  return connectSftp({
    host: work.host,
    port: work.port,
    user: work.user,
    credentials: [
      key === null ? { kind: 'password', password: new Secret(work.password) } : { kind: 'public-key', key },
    ],
    judgeHostKey: () => true,
    algorithms: { ...algorithms, ciphers: algorithms.ciphers.filter((name) => (cipher ?? name) === name) },
  });
}

function at(...parts: readonly string[]): VirtualPath {
  return parts.join('/') as VirtualPath;
}

async function moveFile(
  connection: SftpConnection,
  local: string,
  remote: VirtualPath,
  up: boolean,
): Promise<void> {
  const tree = openLocal(dirname(local));
  const near = at('', basename(local));
  const [from, to] = up ? [tree, connection] : [connection, tree];
  const source = await from.openRead(up ? near : remote);
  const target = await to.openWrite(up ? remote : near);
  if (source.copyTo === undefined) await target.copyFrom?.(source, { start: 0 });
  else await source.copyTo(target, { start: 0 });
  await target.finish();
  await source.close();
}

/** Every file of a directory, as many at once as the connection likes. */
async function moveTree(connection: SftpConnection, up: boolean): Promise<void> {
  const here = openLocal(work.local);
  const [from, fromPath] = up ? [here, at('/')] : [connection, at(work.remote)];
  const names: string[] = [];
  for await (const batch of from.readDirectory(fromPath)) names.push(...batch.map(({ name }) => name));
  const next = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const [source, target] = up
        ? [await here.openRead(at('', name)), await connection.openWrite(at(work.remote, name))]
        : [await connection.openRead(at(work.remote, name)), await here.openWrite(at('', name))];
      if (source.copyTo === undefined) await target.copyFrom?.(source, { start: 0 });
      else await source.copyTo(target, { start: 0 });
      await target.finish();
      await source.close();
    }
  };
  await Promise.all(Array.from({ length: connection.parallelTransfers }, next));
}

async function makeConnections(): Promise<void> {
  const end = performance.now() + work.seconds * 1000;
  const startedAt = performance.now();
  let made = 0;
  const next = async (): Promise<void> => {
    while (performance.now() < end) {
      await (await connect()).close();
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: work.count }, next));
  process.stdout.write(`${(made * 1000) / (performance.now() - startedAt)}\n`);
}

/** Holds sessions open until the input ends, and shows then that each of them still answers. */
async function holdConnections(): Promise<void> {
  const held: SftpConnection[] = [];
  const next = async (): Promise<void> => {
    while (held.length < work.count) {
      const place = held.length;
      held.length += 1;
      held[place] = await connect();
    }
  };
  await Promise.all(Array.from({ length: Math.min(16, work.count) }, next));
  process.stdout.write('ready\n');
  process.stdin.resume();
  await once(process.stdin, 'end');
  await Promise.all(held.map((connection) => connection.stat(connection.home)));
  process.stdout.write('answered\n');
  await Promise.all(held.map((connection) => connection.close()));
}

async function move(): Promise<void> {
  const connection = await connect();
  const up = work.kind.startsWith('put');
  if (work.kind.endsWith('-tree')) await moveTree(connection, up);
  else await moveFile(connection, work.local, at(work.remote), up);
  await connection.close();
}

if (work.kind === 'connect') await makeConnections();
else if (work.kind === 'hold') await holdConnections();
else await move();
