import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer, type RawClient } from './harness.ts';
import { at, list, put, putOctets } from './tree.ts';

/** The names of MLSD lines with the facts of each. */
async function facts(client: RawClient, command: string): Promise<Map<string, Map<string, string>>> {
  const lines = await list(client, command);
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), factsOf(line)]));
}

function factsOf(line: string): Map<string, string> {
  const text = line.slice(0, line.indexOf(' '));
  return new Map(
    text
      .split(';')
      .filter((fact) => fact !== '')
      .map((fact) => {
        const equals = fact.indexOf('=');
        return [fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1)] as const;
      }),
  );
}

test('H11 MLSD tells facts, one space and the name, with the directory itself and the one above', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD sub', 257);
  await put(fixture.fileSystem, 'sub/file', 'abc');
  const lines = await list(client, 'MLSD sub');
  for (const line of lines) assert.match(line, /^(?:[A-Za-z.]+=[^; ]*;)+ [^ ].*$/);
  assert.match(lines[0] ?? '', /^type=cdir;.* \.$/);
  assert.match(lines[1] ?? '', /^type=pdir;.* \.\.$/);
  assert.match(lines[2] ?? '', /^type=file;size=3;.* file$/);
  assert.equal(lines.length, 3);
  assert.match((await list(client, 'MLSD'))[1] ?? '', /^type=dir;.* sub$/);
  await client.command('OPTS MLST size;', 200);
  assert.deepEqual(await list(client, 'MLSD sub'), ['size=3; file']);
});

test('H12 MLSD does not depend on TYPE and does not change it', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'text', 'a\nb\n');
  const client = await fixture.login();
  const image = await client.download('MLSD');
  await client.command('TYPE A', 200);
  assert.deepEqual(await client.download('MLSD'), image);
  assert.equal((await facts(client, 'MLSD')).get('text')?.get('size'), '4');
  assert.match((await client.command('STAT', 211)).text, /TYPE: ASCII/);
  assert.equal((await client.download('RETR text')).toString(), 'a\r\nb\r\n');
});

test('H13 MLSD takes directories only, and no patterns', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'file');
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('MLSD file', 501);
  await client.command('MLSD missing', 550);
  await client.command('MLSD *', 550);
  await client.command('MLSD file/below', 550);
  data.destroy();
});

test('H14 MLST is one line between two', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD dir', 257);
  await put(fixture.fileSystem, 'dir/f', '12345');
  for (const [command, path, type] of [
    ['MLST dir/f', '/dir/f', 'file'],
    ['MLST dir', '/dir', 'dir'],
    ['MLST', '/', 'dir'],
  ] as const) {
    const { code, lines } = await client.command(command);
    assert.equal(code, 250);
    assert.equal(lines.length, 3);
    assert.match(lines[0] ?? '', /^250-/);
    const line = lines[1] ?? '';
    assert.match(line, /^ [^ ]+ [^ ]+$/);
    assert.ok(line.endsWith(`; ${path}`), line);
    assert.ok(line.includes(`type=${type};`), line);
    assert.equal(lines[2], '250 End');
  }
  await client.command('MLST missing', 550);
});

test('H15 times are UTC wherever the server stands, with a fraction only where there is one', async () => {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'America/St_Johns';
  try {
    await using fixture = await startServer();
    await put(fixture.fileSystem, 'whole');
    await put(fixture.fileSystem, 'part');
    await fixture.fileSystem.setAttributes(at('whole'), { modifiedAt: Date.UTC(2020, 6, 1, 12, 0, 0) });
    await fixture.fileSystem.setAttributes(at('part'), { modifiedAt: Date.UTC(2020, 6, 1, 12, 0, 0, 250) });
    const client = await fixture.login();
    const told = await facts(client, 'MLSD');
    assert.equal(told.get('whole')?.get('modify'), '20200701120000');
    assert.equal(told.get('part')?.get('modify'), '20200701120000.250');
    assert.match((await list(client, 'LIST whole'))[0] ?? '', / Jul 01 {2}2020 /);
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

test('H16 hard links and good links have one unique fact, other files have others', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  await put(fileSystem, 'a', 'x');
  await put(fileSystem, 'b', 'x');
  await fileSystem.createHardLink?.(at('a'), at('hard'));
  await fileSystem.createSymlink?.('a', at('soft'));
  const client = await fixture.login();
  const told = await facts(client, 'MLSD');
  const unique = (name: string): string | undefined => told.get(name)?.get('unique');
  assert.notEqual(unique('a'), undefined);
  assert.equal(unique('hard'), unique('a'));
  assert.equal(unique('soft'), unique('a'));
  assert.equal(told.get('soft')?.get('type'), 'file');
  assert.notEqual(unique('b'), unique('a'));
});

test('H17 perm tells what may really be done', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  await put(fileSystem, 'open');
  await put(fileSystem, 'locked');
  await fileSystem.setAttributes(at('locked'), { mode: 0o444 });
  await fileSystem.makeDirectory(at('full'));
  await put(fileSystem, 'full/x');
  await fileSystem.makeDirectory(at('empty'));
  await fileSystem.makeDirectory(at('sealed'));
  await fileSystem.setAttributes(at('sealed'), { mode: 0o555 });
  const perm = async (client: RawClient, path: string): Promise<string> =>
    factsOf((await client.command(`MLST ${path}`, 250)).lines[1]?.trim() ?? '').get('perm') ?? '';
  const alice = await fixture.login();
  assert.equal(await perm(alice, 'open'), 'adfrw');
  assert.equal(await perm(alice, 'locked'), 'dfr');
  assert.equal(await perm(alice, 'full'), 'ceflmp');
  assert.equal(await perm(alice, 'empty'), 'cdeflmp');
  assert.equal(await perm(alice, 'sealed'), 'defl');
  const listed = await facts(alice, 'MLSD');
  assert.equal(listed.get('locked')?.get('perm'), 'dfr');
  assert.equal(listed.get('full')?.get('perm'), 'ceflmp');
  const bob = await fixture.login('bob', 'builder');
  assert.equal(await perm(bob, 'open'), 'r');
  assert.equal(await perm(bob, 'empty'), 'el');
});

test('H18 OPTS MLST selects facts, FEAT and MLSD follow', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'f', 'abc');
  const client = await fixture.login();
  assert.match((await client.command('FEAT', 211)).text, /\r\n MLST type\*;size\*;modify\*;/);
  assert.equal((await client.command('OPTS MLST SIZE;frogs;', 200)).text, '200 MLST OPTS size;\r\n');
  assert.match((await client.command('FEAT', 211)).text, /\r\n MLST type;size\*;modify;/);
  assert.deepEqual(await list(client, 'MLSD'), ['size=3; f']);
  assert.equal((await client.command('MLST f', 250)).lines[1], ' size=3; /f');
});

test('H19 OPTS MLST without facts turns them off, and with a space changes nothing', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'f');
  const client = await fixture.login();
  assert.equal((await client.command('OPTS MLST', 200)).text, '200 MLST OPTS\r\n');
  assert.equal((await client.command('MLST f', 250)).lines[1], '  /f');
  assert.deepEqual(await list(client, 'MLSD'), [' f']);
  await client.command('OPTS MLST type;', 200);
  await client.command('OPTS MLST size; modify;', 501);
  assert.equal((await client.command('MLST f', 250)).lines[1], ' type=file; /f');
});

test('H20 a name full of spaces and signs survives', async () => {
  await using fixture = await startServer();
  const name = ' two  spaces; x=y';
  await put(fixture.fileSystem, name, 'content');
  const client = await fixture.login();
  assert.ok((await facts(client, 'MLSD')).has(name));
  assert.ok((await client.command(`MLST ${name}`, 250)).lines[1]?.endsWith(`; /${name}`));
  assert.deepEqual(await list(client, 'NLST'), [name]);
  assert.equal((await client.download(`RETR ${name}`)).toString(), 'content');
});

test('H21 a dangling link is an entry of its own', async () => {
  await using fixture = await startServer();
  await fixture.fileSystem.createSymlink?.('nowhere', at('dangling'));
  await put(fixture.fileSystem, 'f');
  const client = await fixture.login();
  const told = await facts(client, 'MLSD');
  assert.equal(told.get('dangling')?.get('type'), 'OS.unix=slink:nowhere');
  assert.equal(told.get('f')?.get('type'), 'file');
  assert.match((await client.command('MLST dangling', 250)).text, /type=OS\.unix=slink:nowhere;/);
  assert.match((await list(client, 'LIST'))[0] ?? '', /^l.* dangling -> nowhere$/);
  assert.match((await list(client, 'LIST -d dangling'))[0] ?? '', / dangling -> nowhere$/);
  const data = await client.passive();
  await client.command('LIST dangling', 550);
  data.destroy();
});

test('C09 a name that is no UTF-8 is listed and fetched by the same octets', async () => {
  await using fixture = await startServer();
  await putOctets(fixture.fileSystem, Uint8Array.of(0x61, 0xe9, 0x62));
  const client = await fixture.login();
  assert.deepEqual(await list(client, 'NLST'), ['a\xe9b']);
  assert.ok((await facts(client, 'MLSD')).has('a\xe9b'));
  assert.match((await list(client, 'LIST'))[0] ?? '', / a\xe9b$/);
  await client.command('SIZE a\xe9b', 213);
  await client.download('RETR a\xe9b');
});
