import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect } from '#client/connect/connect.ts';
import { isPartialName } from '#client/copy/partial-name.ts';
import type { RemoteConnection } from '#client/remote/remote-connection.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { CuttingNetwork } from './cutting-dialer.ts';
import { at, get, names, pattern, put, scratch } from './places.ts';
import { serve, type Served } from './served.ts';

const kibibyte = 1024;

/** What may be told of a connection that died: all of it worth another try. */
const deaths: ReadonlySet<string> = new Set([
  'connection-lost',
  'truncated',
  'connection-refused',
  'closed',
  'timeout',
]);

/** Names that files have at a server while they grow. */
const growing = /^\.(?:.*\.[0-9a-f]{12}\.part|wherry-sending-.*|.*\.wherry-(?:partial|segments).*)$/s;

interface Walk {
  readonly t: TestContext;
  readonly served: Served;
  readonly scheme: string;
  readonly content: Buffer;
}

async function open({ served, scheme }: Walk, network: CuttingNetwork): Promise<RemoteConnection> {
  return connect(served.address(scheme), { ...served.options, dialer: network, retries: 0, timeoutMs: 5000 });
}

/** Octets that pass while a connection is made, and in all when a transfer goes well. */
async function measure(
  walk: Walk,
  transfer: (remote: RemoteConnection) => Promise<unknown>,
): Promise<readonly [number, number]> {
  const network = await CuttingNetwork.open();
  const remote = await open(walk, network);
  const connected = network.passed;
  await transfer(remote);
  const { passed } = network;
  await remote.close();
  network.close();
  return [connected, passed];
}

/** Lets the connection die after `limit` octets; returns whether the transfer got through. */
async function attempt(
  walk: Walk,
  limit: number,
  transfer: (remote: RemoteConnection) => Promise<unknown>,
): Promise<boolean> {
  const network = await CuttingNetwork.open(limit);
  try {
    const remote = await open(walk, network);
    try {
      await transfer(remote);
      return true;
    } finally {
      await remote.close();
    }
  } catch (error) {
    assert.ok(error instanceof WherryError, `after ${limit}: ${String(error)}`);
    assert.ok(deaths.has(error.code), `after ${limit}: ${error.code}, ${error.message}`);
    return false;
  } finally {
    network.close();
  }
}

/** Positions from the first to the last, every so many octets, and both ends exactly. */
function positions([from, to]: readonly [number, number], count: number): readonly number[] {
  const step = Math.max(1, Math.floor((to - from) / count));
  const found = [from + 1, to - 1, to];
  for (let position = from + 2; position < to - 1; position += step) found.push(position);
  return found;
}

async function walkDown(walk: Walk, count: number): Promise<void> {
  const { t, served, content } = walk;
  const { root } = await scratch(t);
  const target = join(root, 'down');
  await put(served.fileSystem, '/file', content, 1_600_000_000_000);
  const transfer = (remote: RemoteConnection): Promise<unknown> =>
    remote.download('file', target, { resume: true });
  const range = await measure(walk, transfer);
  for (const limit of positions(range, count)) {
    await rm(target, { force: true });
    const arrived = await attempt(walk, limit, transfer);
    const left = await readdir(root);
    assert.ok(
      left.every((name) => name === 'down' || isPartialName(name)),
      left.join(),
    );
    assert.equal(left.includes('down'), arrived, `after ${limit}`);
    const whole = await served.connect(walk.scheme);
    await transfer(whole);
    await whole.close();
    assert.ok((await readFile(target)).equals(content), `after ${limit}`);
    assert.deepEqual(await readdir(root), ['down']);
  }
}

async function walkUp(walk: Walk, count: number): Promise<void> {
  const { t, served, content } = walk;
  const { root } = await scratch(t);
  const source = join(root, 'up');
  await writeFile(source, content);
  const there: FileSystem = served.fileSystem;
  await there.makeDirectory(at('/in'));
  const transfer = (remote: RemoteConnection): Promise<unknown> =>
    remote.upload(source, 'in/up', { resume: true });
  const range = await measure(walk, transfer);
  for (const limit of positions(range, count)) {
    if ((await names(there, '/in')).includes('up')) await there.removeFile(at('/in/up'));
    await attempt(walk, limit, transfer);
    const left = await names(there, '/in');
    assert.ok(
      left.every((name) => name === 'up' || growing.test(name)),
      left.join(),
    );
    // The answer may be lost although the file is whole; half a file never has the name.
    if (left.includes('up')) assert.ok((await get(there, '/in/up')).equals(content), `after ${limit}`);
    const whole = await served.connect(walk.scheme);
    await transfer(whole);
    await whole.close();
    assert.ok((await get(there, '/in/up')).equals(content), `after ${limit}`);
  }
  assert.deepEqual(await names(there, '/'), ['in'], 'nothing lies outside of the target directory');
}

/** Every position takes minutes; a few of each kind are enough for every day (`WHERRY_THOROUGH=1` for all). */
const walks = process.env['WHERRY_THOROUGH'] === '1' ? [300, 100] : [6, 2];

for (const scheme of ['ftp', 'ftpes', 'sftp']) {
  for (const [index, size] of [300, 1100 * kibibyte].entries()) {
    const count = walks[index] ?? 1;
    test(`${scheme}: a download of ${size} octets survives the death of its connection anywhere`, async (t) => {
      const served = await serve(t, { fileSystem: new MemoryFileSystem() });
      await walkDown({ t, served, scheme, content: pattern(size) }, count);
    });

    test(`${scheme}: an upload of ${size} octets survives the death of its connection anywhere`, async (t) => {
      const served = await serve(t, { fileSystem: new MemoryFileSystem() });
      await walkUp({ t, served, scheme, content: pattern(size) }, count);
    });
  }
}
