import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeScratchTree } from '#test/storage/scratch.ts';
import { startServer } from './harness.ts';
import { contentOf, namesIn, octetsOf, putFile } from './helpers.ts';

test('C01 PWD tells an absolute path in quotes', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('PWD', 257)).text, /^257 "\/"/);
});

test('C02 quotes in a name are doubled', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('MKD a"b', 257)).text, /^257 "\/a""b"/);
  await client.command('CWD a"b', 250);
  assert.match((await client.command('PWD', 257)).text, /^257 "\/a""b"/);
  assert.deepEqual(await namesIn(fixture.fileSystem), ['a"b']);
});

test('C03 spaces belong to the name', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('MKD x y', 257)).text, /^257 "\/x y"/);
  await client.command('CWD x y', 250);
  assert.match((await client.command('MKD z', 257)).text, /^257 "\/x y\/z"/);
});

test('C04 CDUP stays at the root', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('CDUP', 250);
  assert.match((await client.command('PWD', 257)).text, /^257 "\/"/);
  await client.command('MKD a', 257);
  await client.command('CWD a', 250);
  await client.command('CDUP', 250);
  assert.match((await client.command('PWD', 257)).text, /^257 "\/"/);
});

test('C05 no number of dots leaves the tree', async () => {
  const tree = await makeScratchTree();
  try {
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    await client.command('CWD ../../../../etc', 550);
    await client.command('MKD etc', 257);
    await client.command('CWD ../../../../etc', 250);
    assert.match((await client.command('PWD', 257)).text, /^257 "\/etc"/);
    await client.command('SIZE ../../../../etc/passwd', 550);
    await client.command('SIZE /etc/passwd', 550);
    assert.deepEqual(await readdir(tree.root), ['etc']);
  } finally {
    await tree.dispose();
  }
});

test('C06 a link that leads out of the tree leads nowhere', async () => {
  const tree = await makeScratchTree();
  try {
    await writeFile(join(tree.outside, 'secret'), 'secret');
    await symlink(tree.outside, join(tree.root, 'absolute'));
    await symlink('../outside', join(tree.root, 'relative'));
    await symlink('../outside/secret', join(tree.root, 'file'));
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    const data = await client.passive();
    for (const name of ['absolute', 'relative']) {
      await client.command(`CWD ${name}`, 550);
      await client.command(`LIST ${name}/`, 550);
      await client.command(`MLSD ${name}`, 501, 550);
      await client.command(`RETR ${name}/secret`, 550);
      await client.command(`STOR ${name}/new`, 550, 553);
      await client.command(`DELE ${name}/secret`, 550);
      await client.command(`MKD ${name}/d`, 550);
      await client.command(`SIZE ${name}/secret`, 550);
      await client.command(`RNFR ${name}/secret`, 550);
    }
    await client.command('RETR file', 550);
    await client.command('APPE file', 550, 553);
    data.destroy();
    assert.deepEqual(await readdir(tree.outside), ['secret']);
    assert.equal(await readFile(join(tree.outside, 'secret'), 'utf8'), 'secret');
  } finally {
    await tree.dispose();
  }
});

test('C07 leading and trailing spaces belong to the name, octet for octet', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const name = '  two in front, one behind ';
  await client.upload(`STOR ${name}`, 'x');
  assert.deepEqual(await namesIn(fixture.fileSystem), [name]);
  await client.command(`SIZE ${name}`, 213);
  await client.command(`SIZE ${name.trimStart()}`, 550);
  await client.command(`SIZE ${name.trimEnd()}`, 550);
  await client.command(`DELE ${name.trim()}`, 550);
  await client.command(`DELE ${name}`, 250);
});

test('C08 forms of one letter are different names', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const forms = ['é', 'e\u0301', 'É'];
  for (const form of forms) await client.upload(`STOR ${octetsOf(form)}`, form);
  for (const form of forms) {
    assert.equal((await client.download(`RETR ${octetsOf(form)}`)).toString(), form);
  }
  assert.equal((await namesIn(fixture.fileSystem)).length, 3);
});

test('C09 a name that is no UTF-8 is listed and fetched by its octets', async () => {
  const tree = await makeScratchTree();
  try {
    const octets = 'caf\xe9 \x80\xc3(';
    await writeFile(Buffer.from(`${tree.root}/${octets}`, 'latin1'), 'latin');
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    const listing = (await client.download('MLSD')).toString('latin1');
    const line = listing.split('\r\n').find((candidate) => /type=file/i.test(candidate)) ?? '';
    const name = line.slice(line.indexOf(' ') + 1);
    assert.equal(name, octets);
    assert.equal((await client.download(`RETR ${name}`)).toString(), 'latin');
    assert.ok((await client.download('NLST')).toString('latin1').includes(octets));
    await client.command(`DELE ${octets}`, 250);
    assert.deepEqual(await readdir(tree.root), []);
  } finally {
    await tree.dispose();
  }
});

test('C10 a line end in a name on the disk forges no line of a listing', async () => {
  const tree = await makeScratchTree();
  try {
    for (const name of ['a\nb', 'c\rd', 'e\r\n-rw-r--r-- 1 root root 1 Jan 01 00:00 forged']) {
      await writeFile(join(tree.root, name), '');
    }
    await writeFile(join(tree.root, 'plain'), '');
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    for (const command of ['LIST', 'NLST', 'MLSD']) {
      const lines = (await client.download(command)).toString('latin1').split('\r\n');
      assert.equal(lines.pop(), '', command);
      const entries = lines.filter((line) => !/type=[cp]dir/i.test(line));
      assert.ok(entries.length <= 4, command);
      assert.ok(
        lines.some((line) => line.endsWith('plain')),
        command,
      );
      for (const line of lines) {
        assert.doesNotMatch(line, /[\r\n]/, command);
        if (command === 'MLSD') assert.match(line, /^(?:[\w.]+=[^;]*;)+ /, command);
      }
    }
    const status = await client.command('STAT /', 212, 213);
    for (const line of status.lines.slice(1, -1)) assert.doesNotMatch(line, /^\d|[\r\n]/);
    assert.ok(status.lines.length <= 6);
  } finally {
    await tree.dispose();
  }
});

test('C11 what cannot be made or removed gets 550', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD d', 257);
  await client.command('MKD d', 550);
  await client.upload('STOR d/f', 'x');
  await client.command('RMD missing', 550);
  await client.command('RMD d', 550);
  await client.command('RMD d/f', 550);
  await client.command('DELE d', 550);
  await client.command('DELE missing', 550);
  await client.command('MKD missing/d', 550);
  await client.command('RMD /', 550);
  await client.command('CWD d/f', 550);
  assert.deepEqual(await namesIn(fixture.fileSystem, '/d'), ['f']);
});

test('C12 DELE removes a link and leaves what it points to', async () => {
  const tree = await makeScratchTree();
  try {
    await writeFile(join(tree.root, 'target'), 'kept');
    await symlink('target', join(tree.root, 'link'));
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    assert.equal((await client.download('RETR link')).toString(), 'kept');
    await client.command('DELE link', 250);
    assert.deepEqual(await readdir(tree.root), ['target']);
  } finally {
    await tree.dispose();
  }
});

test('C13 the X forms of RFC 775 are the plain ones', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('XMKD d', 257)).text, /"\/d"/);
  await client.command('XCWD d', 250);
  assert.match((await client.command('XPWD', 257)).text, /"\/d"/);
  await client.command('XCUP', 250);
  await client.command('XRMD d', 250);
  assert.deepEqual(await namesIn(fixture.fileSystem), []);
});

test('C14 a working directory that another session removes does no harm', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const other = await fixture.login();
  await client.command('MKD d', 257);
  await client.command('CWD d', 250);
  await other.command('RMD d', 250);
  const data = await client.passive();
  await client.command('LIST', 550);
  await client.command('MLSD', 501, 550);
  await client.command('STOR f', 550, 553);
  await client.command('PWD', 257, 550);
  data.destroy();
  await client.command('CWD /', 250);
  assert.equal((await client.download('LIST')).length, 0);
});

test('C15 RNFR and RNTO move files and directories', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('RNFR missing', 550);
  await client.upload('STOR f', 'moved');
  await client.command('MKD d', 257);
  await client.command('RNFR f', 350);
  await client.command('RNTO d/g', 250);
  assert.equal((await contentOf(fixture.fileSystem, '/d/g'))?.toString(), 'moved');
  await client.command('RNFR d', 350);
  await client.command('RNTO e', 250);
  assert.deepEqual(await namesIn(fixture.fileSystem), ['e']);
  assert.deepEqual(await namesIn(fixture.fileSystem, '/e'), ['g']);
});

test('C16 RNTO counts only directly behind RNFR', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await putFile(fixture.fileSystem, '/f', 'x');
  await client.command('RNTO g', 503);
  for (const between of ['NOOP', 'STAT', 'PWD', 'RNFR missing', 'FROB', 'CWD a\0b', '']) {
    await client.command('RNFR f', 350);
    await client.command(between);
    await client.command('RNTO g', 503);
  }
  await client.command('RNFR f', 350);
  await client.command('RNTO missing/g', 550, 553);
  await client.command('RNTO g', 503);
  assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
});

for (const kind of ['memory', 'local'] as const) {
  test(`C17 a directory is not moved into itself (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.command('MKD d', 257);
      await client.command('MKD d/e', 257);
      await client.command('RNFR d', 350);
      await client.command('RNTO d/e/f', 550, 553);
      await client.command('RNFR d', 350);
      await client.command('RNTO d/f', 550, 553);
      assert.deepEqual(await namesIn(fixture.fileSystem, '/d'), ['e']);
    } finally {
      await tree.dispose();
    }
  });

  test(`C18 a name beyond 255 octets is refused (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      const data = await client.passive();
      await client.command(`STOR ${'n'.repeat(300)}`, 550, 553);
      await client.command(`STOR ${octetsOf('ü'.repeat(150))}`, 550, 553);
      data.destroy();
      await client.command(`MKD ${'n'.repeat(300)}`, 550, 553);
      await client.command(`CWD ${'n'.repeat(300)}`, 550, 553);
      await client.command(`CWD ${'d/'.repeat(3000)}`, 550, 553);
      await client.upload(`STOR ${'n'.repeat(255)}`, 'longest');
      assert.deepEqual(await namesIn(fixture.fileSystem), ['n'.repeat(255)]);
    } finally {
      await tree.dispose();
    }
  });
}

test('C18 the deepest directories are reached step by step', async () => {
  const tree = await makeScratchTree();
  try {
    await mkdir(join(tree.root, 'd'));
    await using fixture = await startServer({ fileSystem: tree.fileSystem });
    const client = await fixture.login();
    const name = 'd'.repeat(250);
    let depth = 0;
    while (depth < 20) {
      const { code } = await client.command(`MKD ${name}`, 257, 550, 553);
      if (code !== 257) break;
      await client.command(`CWD ${name}`, 250);
      depth += 1;
    }
    assert.ok(depth >= 10, `${depth} directories`);
    await client.command('PWD', 257);
    await client.download('LIST');
    await client.download('MLSD');
    await client.command('CWD /', 250);
  } finally {
    await tree.dispose();
  }
});
