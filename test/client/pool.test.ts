import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionOver } from '#client/connect/connection-over.ts';
import { openPool } from '#client/pool/pooled-connection.ts';
import type { Connection } from '#core/connection.ts';
import { bareEntry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { rootPath } from '#core/virtual-path.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { at, get, put } from './places.ts';
import { serve } from './served.ts';

const facts = { protocol: 'ftp', host: 'h', port: 21, user: null, software: null, security: null };

/** A server that lets so many connections in; each can be lost. */
class Door {
  readonly fileSystem: FileSystem;
  readonly opened: { connection: Connection; lose: () => void }[] = [];
  readonly #places: number;
  #inside = 0;

  constructor(fileSystem: FileSystem, places: number) {
    this.fileSystem = fileSystem;
    this.#places = places;
  }

  readonly open = (): Promise<Connection> => {
    if (this.#inside >= this.#places) {
      return Promise.reject(
        new WherryError('too-many', 'Cannot log in: too many connections', { reply: 421 }),
      );
    }
    this.#inside += 1;
    let lost = false;
    const inner = connectionOver(this.fileSystem, { facts, parallelTransfers: 1, shared: true });
    const connection = new Proxy(inner, {
      get: (target, name) => {
        if (name === 'isClosed') return lost || target.isClosed;
        if (lost && name !== 'close') throw new WherryError('connection-lost', 'The connection was lost');
        return Reflect.get(target, name, target) as unknown;
      },
    });
    const leave = (): void => {
      if (!lost) this.#inside -= 1;
      lost = true;
    };
    this.opened.push({ connection, lose: leave });
    return Promise.resolve(connection);
  };
}

test('files that are open side by side get connections of their own, as many as the server lets in', async () => {
  const memory = new MemoryFileSystem();
  for (const name of ['a', 'b', 'c', 'd']) await put(memory, `/${name}`, name);
  const door = new Door(memory, 2);
  await using pool = await openPool(door.open, { connections: 4, retries: 0 });
  assert.equal(pool.parallelTransfers, 4);
  const handles = [];
  for (const name of ['a', 'b', 'c', 'd']) handles.push(await pool.openRead(at(`/${name}`)));
  assert.equal(door.opened.length, 2);
  assert.equal(pool.parallelTransfers, 2, 'the limit is learned from the refusal');
  for (const handle of handles) await handle.close();
});

test('small files share a connection up to its measure, and each large one gets its own', async () => {
  const memory = new MemoryFileSystem();
  await put(memory, '/a', 'a');
  const opened: Connection[] = [];
  const open = (): Promise<Connection> => {
    const inner = connectionOver(memory, { facts, parallelTransfers: 8, shared: true });
    opened.push(Object.assign(inner, { smallTransfers: 3, roundTripMs: 7 }));
    return Promise.resolve(inner);
  };
  await using pool = await openPool(open, { connections: 10, retries: 0 });
  assert.equal(pool.roundTripMs, 7);
  const small = { entry: bareEntry('a', 'file', { size: 1 }) };
  const handles = [];
  for (let count = 0; count < 3; count += 1) handles.push(await pool.openRead(at('/a'), small));
  assert.equal(opened.length, 1);
  handles.push(await pool.openRead(at('/a'), small));
  assert.equal(opened.length, 2);
  handles.push(await pool.openRead(at('/a')));
  assert.equal(opened.length, 3);
  const large = await pool.openWrite(at('/b'), { size: 2 ** 20 });
  assert.equal(opened.length, 4);
  const alike = await pool.openWrite(at('/c'), { size: 2 ** 20 - 1 });
  assert.equal(opened.length, 4);
  for (const handle of handles) await handle.close();
  for (const handle of [large, alike]) await handle.abort();
});

test('small files that come while a connection is opened do not open one each', async () => {
  const memory = new MemoryFileSystem();
  await put(memory, '/a', 'a');
  let opened = 0;
  const open = (): Promise<Connection> => {
    opened += 1;
    const inner = connectionOver(memory, { facts, parallelTransfers: 8, shared: true });
    return Promise.resolve(Object.assign(inner, { smallTransfers: 3 }));
  };
  await using pool = await openPool(open, { connections: 10, retries: 0 });
  const small = { entry: bareEntry('a', 'file', { size: 1 }) };
  const openAtOnce = async (count: number): Promise<void> => {
    const opening = Array.from({ length: count }, () => pool.openRead(at('/a'), small));
    for (const handle of await Promise.all(opening)) await handle.close();
  };
  await openAtOnce(6);
  assert.equal(opened, 2);
  await openAtOnce(12);
  assert.equal(opened, 4);
});

test('a lost connection is replaced, and what it was asked is asked again', async () => {
  const memory = new MemoryFileSystem();
  await put(memory, '/a', 'content');
  const door = new Door(memory, 9);
  await using pool = await openPool(door.open, { connections: 1, retries: 2 });
  door.opened[0]?.lose();
  assert.equal((await pool.stat(at('/a'))).size, 7);
  assert.equal(door.opened.length, 2);
  assert.equal((await get(pool, '/a')).toString(), 'content');
  assert.equal(pool.isClosed, false);
});

test('a change whose answer was lost counts as done when it turns out to be', async () => {
  const memory = new MemoryFileSystem();
  const fileSystem = new FaultFileSystem(memory);
  const makeDirectory = fileSystem.makeDirectory.bind(fileSystem);
  let losses = 1;
  fileSystem.makeDirectory = async (...parameters) => {
    await makeDirectory(...parameters);
    if (losses-- > 0) throw new WherryError('connection-lost', 'The answer was lost');
  };
  await using pool = await openPool(new Door(fileSystem, 9).open, { connections: 1, retries: 2 });
  await pool.makeDirectory(at('/d'));
  await assert.rejects(pool.makeDirectory(at('/d')), { code: 'exists' });
});

test('what is refused is not asked again', async () => {
  const fileSystem = new FaultFileSystem(new MemoryFileSystem());
  let asked = 0;
  fileSystem.stat = () => {
    asked += 1;
    throw new WherryError('busy', 'Not now');
  };
  await using pool = await openPool(new Door(fileSystem, 9).open, { connections: 1, retries: 5 });
  await assert.rejects(pool.stat(rootPath), { code: 'busy' });
  assert.equal(asked, 1);
});

test('a server that has no room at first is waited for, and one that is not there is not', async () => {
  let calls = 0;
  const memory = new MemoryFileSystem();
  await using pool = await openPool(
    () => {
      calls += 1;
      if (calls === 1) return Promise.reject(new WherryError('too-many', 'Full'));
      return Promise.resolve(connectionOver(memory, { facts }));
    },
    { connections: 1, retries: 1 },
  );
  assert.equal(calls, 2);
  assert.equal(pool.isClosed, false);
  let refusals = 0;
  const refused = openPool(
    () => {
      refusals += 1;
      return Promise.reject(new WherryError('connection-refused', 'Nobody there'));
    },
    { connections: 1, retries: 3 },
  );
  await assert.rejects(refused, { code: 'connection-refused' });
  assert.equal(refusals, 1);
});

test('connections that nobody uses are closed, the last one excepted', async (t) => {
  const memory = new MemoryFileSystem();
  await put(memory, '/a', 'a');
  const door = new Door(memory, 9);
  t.mock.timers.enable({ apis: ['setInterval'] });
  await using pool = await openPool(door.open, { connections: 3, retries: 0, idleTimeoutMs: 1 });
  const handles = await Promise.all([
    pool.openRead(at('/a')),
    pool.openRead(at('/a')),
    pool.openRead(at('/a')),
  ]);
  assert.ok(pool.openConnections > 1);
  t.mock.timers.tick(1);
  assert.ok(pool.openConnections > 1, 'those with files open stay');
  await Promise.all(handles.map(async (handle) => handle.close()));
  const closed = performance.now() + 5;
  while (performance.now() < closed) await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(1);
  assert.equal(pool.openConnections, 1);
});

test('after it was closed nothing can be asked', async () => {
  const pool = await openPool(new Door(new MemoryFileSystem(), 9).open, { connections: 1, retries: 1 });
  await pool.close();
  await pool.close();
  assert.equal(pool.isClosed, true);
  await assert.rejects(pool.stat(rootPath), { code: 'closed' });
});

test('a server that ends an idle session does not end the work', async (t) => {
  for (const scheme of ['ftp', 'sftp'] as const) {
    const served = await serve(t);
    const remote = await served.connect(scheme);
    await remote.write('a', 'before');
    for (const session of served.server.sessions.list()) session.kick('test');
    await remote.write('b', 'after');
    assert.equal(await remote.readText('b'), 'after', scheme);
  }
});
