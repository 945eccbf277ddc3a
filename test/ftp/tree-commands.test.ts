import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { BrokenReads } from './broken-reads.ts';
import { startServer } from './harness.ts';
import { at, contentOf, exists, put } from './tree.ts';

test('J10 COMB makes one file of several and removes them', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  await put(fileSystem, 'part 1', 'first ');
  await put(fileSystem, 'part"2', 'second');
  const client = await fixture.login();
  await client.command('COMB "the target" "part 1" "part""2"', 250);
  assert.equal(await contentOf(fileSystem, 'the target'), 'first second');
  assert.equal(await exists(fileSystem, 'part 1'), false);
  assert.equal(await exists(fileSystem, 'part"2'), false);
  await put(fileSystem, 'more', ' third');
  await client.command('COMB "the target" more', 250);
  assert.equal(await contentOf(fileSystem, 'the target'), 'first second third');
  await fileSystem.createHardLink?.(at('the target'), at('again'));
  await put(fileSystem, 'last', 'x');
  const refusals: readonly (readonly [string, number])[] = [
    ['"the target"', 501],
    ['"the target" "the target"', 550],
    ['"the target" again', 550],
    ['"the target" last last', 501],
    ['"the target" last missing', 550],
    ['"the target" "last', 501],
    ['/ last', 550],
  ];
  for (const [rest, code] of refusals) await client.command(`COMB ${rest}`, code);
  assert.equal(await contentOf(fileSystem, 'the target'), 'first second third');
  assert.equal(await contentOf(fileSystem, 'last'), 'x');
});

test('J10 COMB that fails leaves target and parts as they were', async () => {
  const fileSystem = new BrokenReads();
  await using fixture = await startServer({ fileSystem });
  await put(fileSystem, 'target', 'old');
  await put(fileSystem, 'good', 'new');
  await put(fileSystem, 'broken', 'lost');
  const client = await fixture.login();
  await client.command('COMB target good broken', 451);
  assert.equal(await contentOf(fileSystem, 'target'), 'old');
  await client.command('COMB fresh good broken', 451);
  assert.equal(await exists(fileSystem, 'fresh'), false);
  assert.equal(await contentOf(fileSystem, 'good'), 'new');
  assert.equal(await exists(fileSystem, 'broken'), true);
});

test('J11 AVBL tells the room, DSIZ what a directory holds', async () => {
  const fileSystem: FileSystem = new MemoryFileSystem({ capacity: 1_000_000 });
  await using fixture = await startServer({ fileSystem });
  await fileSystem.makeDirectory(at('d'));
  await fileSystem.makeDirectory(at('d/e'));
  await put(fileSystem, 'd/a', 'x'.repeat(1000));
  await put(fileSystem, 'd/e/b', 'x'.repeat(234));
  await put(fileSystem, 'outside', 'x'.repeat(5000));
  await fileSystem.createSymlink?.('/outside', at('d/link'));
  await fileSystem.createSymlink?.('..', at('d/e/up'));
  const client = await fixture.login();
  assert.equal((await client.command('DSIZ d', 213)).text, '213 1234\r\n');
  assert.equal((await client.command('DSIZ', 213)).text, '213 6234\r\n');
  const available = Number((await client.command('AVBL', 213)).text.slice(4));
  await put(fileSystem, 'd/c', 'x'.repeat(766));
  assert.equal(Number((await client.command('AVBL d', 213)).text.slice(4)), available - 766);
  await client.command('DSIZ outside', 550);
  await client.command('DSIZ missing', 550);
  await client.command('AVBL outside', 550);
  await client.command('AVBL missing', 550);
});

test('C18 a very long name is refused as a name', async () => {
  await using fixture = await startServer();
  const name = 'n'.repeat(300);
  const client = await fixture.login();
  const data = await client.passive();
  const { code } = await client.command(`STOR ${name}`);
  assert.ok(code === 553 || code === 550, String(code));
  data.destroy();
  for (const command of ['SIZE', 'MDTM', 'MLST', 'HASH', 'SITE MKDIR', 'RMDA', 'DSIZ', 'STAT']) {
    const reply = await client.command(`${command} ${name}`);
    assert.ok(reply.code === 553 || reply.code === 550, `${command}: ${reply.text}`);
  }
});

test('C19 RMDA removes a tree and no more than the tree', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  for (const path of ['tree', 'tree/a', 'tree/a/b', 'tree/empty', 'sibling'])
    await fileSystem.makeDirectory(at(path));
  for (const path of ['tree/f', 'tree/a/b/g', 'sibling/kept']) await put(fileSystem, path, 'x');
  await fileSystem.createSymlink?.('../sibling', at('tree/link'));
  await fileSystem.createSymlink?.('/sibling/kept', at('tree/a/file link'));
  await fileSystem.createSymlink?.('/sibling', at('top link'));
  const client = await fixture.login();
  await client.command('RMDA top link', 550);
  await client.command('RMDA tree', 250);
  assert.equal(await exists(fileSystem, 'tree'), false);
  assert.equal(await contentOf(fileSystem, 'sibling/kept'), 'x');
  await client.command('RMDA sibling/kept', 550);
  await client.command('RMDA missing', 550);
  await client.command('RMDA /', 550);
  await client.command('CWD sibling', 250);
  await client.command('RMDA .', 550);
  await client.command('RMDA ..', 550);
  const reader = await fixture.login('bob', 'builder');
  await reader.command('RMDA sibling', 550);
  assert.equal(await contentOf(fileSystem, 'sibling/kept'), 'x');
});

test('C19 a tree deeper than the limit is refused', async () => {
  await using fixture = await startServer();
  let path = '';
  for (let depth = 0; depth < 70; depth += 1) {
    path += '/d';
    await fixture.fileSystem.makeDirectory(at(path));
  }
  const client = await fixture.login();
  await client.command('DSIZ', 552);
  await client.command('RMDA d', 552);
  assert.equal(await exists(fixture.fileSystem, path), true);
});
