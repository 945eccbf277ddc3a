import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeScratchTree } from '#test/storage/scratch.ts';
import { readAll, startServer } from './harness.ts';
import { contentOf, listenActive, namesIn, putFile } from './helpers.ts';

for (const kind of ['memory', 'local'] as const) {
  test(`G01 REST moves the beginning of the next RETR and of no other (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.upload('STOR f', '0123456789');
      await client.command('REST 5', 350);
      assert.equal((await client.download('RETR f')).toString(), '56789');
      assert.equal((await client.download('RETR f')).toString(), '0123456789');
    } finally {
      await tree.dispose();
    }
  });

  test(`G06 STOR behind REST replaces octets in place (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.upload('STOR f', 'abcdefgh');
      await client.command('REST 3', 350);
      await client.upload('STOR f', 'ZZ');
      assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'abcZZfgh');
    } finally {
      await tree.dispose();
    }
  });

  test(`G07 an upload goes on where SIZE says it ended (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      const content = randomBytes(300_001);
      await client.upload('STOR f', content.subarray(0, 123_457));
      const size = Number((await client.command('SIZE f', 213)).text.slice(4));
      assert.equal(size, 123_457);
      await client.command(`REST ${size}`, 350);
      await client.upload('STOR f', content.subarray(size));
      assert.ok((await client.download('RETR f')).equals(content));
    } finally {
      await tree.dispose();
    }
  });

  test(`G08 APPE behind REST writes where REST says (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.upload('STOR f', 'abcdefgh');
      await client.command('REST 3', 350);
      await client.upload('APPE f', 'ZZ');
      assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'abcZZfgh');
      await client.upload('APPE f', '!');
      assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'abcZZfgh!');
    } finally {
      await tree.dispose();
    }
  });
}

for (const [argument, code] of [
  ['x', 501],
  ['-1', 501],
  ['1.5', 501],
  ['0x10', 501],
  ['1 2', 501],
  ['', 501],
  ['NaN', 501],
  ['9223372036854775808', 501],
  ['0', 350],
  ['007', 350],
  ['99999999999', 350],
] as const) {
  test(`G02 REST ${argument} gets ${code}`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await fixture.login();
    await client.command('REST 3', 350);
    await client.command(`REST ${argument}`, code);
    if (code === 501) assert.equal((await client.download('RETR f')).toString(), 'content');
  });
}

for (const kind of ['memory', 'local'] as const) {
  test(`G03 a position beyond the end is refused, and counts no longer (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.upload('STOR f', 'content');
      for (const command of ['RETR f', 'STOR f', 'APPE f']) {
        const data = await client.passive();
        await client.command('REST 8', 350);
        await client.command(command, 554, 550);
        data.destroy();
        assert.equal((await client.download('RETR f')).toString(), 'content');
      }
      await client.command('REST 99999999999', 350);
      const data = await client.passive();
      await client.command('STOR new', 554, 550);
      data.destroy();
      assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
      assert.equal((await client.download('RETR f')).toString(), 'content');
    } finally {
      await tree.dispose();
    }
  });
}

test('G04 the very end of the file is a position: nothing, and 226', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  await client.command('REST 7', 350);
  assert.equal((await client.download('RETR f')).length, 0);
  await client.command('REST 7', 350);
  await client.upload('STOR f', '!');
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'content!');
});

for (const between of ['EPSV', 'PASV', 'LPSV', 'NOOP', 'STAT', 'TYPE I', 'PORT', 'EPRT']) {
  test(`G05 REST outlives ${between}`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await fixture.login();
    await using listener = await listenActive();
    const command =
      between === 'PORT'
        ? `PORT ${listener.portArgument}`
        : between === 'EPRT'
          ? `EPRT ${listener.eprtArgument}`
          : between;
    await client.command('REST 5', 350);
    await client.command(command);
    await client.command(`PORT ${listener.portArgument}`, 200);
    await client.command('RETR f', 150);
    assert.equal((await readAll(await listener.accept())).toString(), 'nt');
    await client.expect(226);
  });
}

for (const between of ['CWD .', 'PWD', 'SIZE f', 'MDTM f', 'TYPE A', 'RNFR f', 'FROB', 'STAT f', 'REST 0']) {
  test(`G05 REST does not outlive ${between}`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await fixture.login();
    await client.command('REST 5', 350);
    await client.command(between);
    assert.equal((await client.download('RETR f')).toString(), 'content');
  });
}

test('G09 STOU behind REST is refused, and the marker is gone', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('REST 3', 350);
  const { code } = await client.command('STOU');
  assert.ok(code >= 500 && code < 600, String(code));
  data.destroy();
  assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
  assert.equal((await client.download('RETR f')).toString(), 'content');
});

test('G10 a transfer that fails uses the marker up', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  await client.command('REST 5', 350);
  await client.command('RETR f', 425);
  assert.equal((await client.download('RETR f')).toString(), 'content');
  const data = await client.passive();
  await client.command('REST 5', 350);
  await client.command('RETR missing', 550);
  data.destroy();
  assert.equal((await client.download('RETR f')).toString(), 'content');
});

test('G16 RANG takes a part, both ends included, once', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', '0123456789');
  const client = await fixture.login();
  for (const [range, part] of [
    ['1 3', '123'],
    ['0 0', '0'],
    ['9 9', '9'],
    ['0 9', '0123456789'],
    ['5 1000', '56789'],
    ['10 20', ''],
    ['1000 2000', ''],
  ] as const) {
    await client.command(`RANG ${range}`, 350);
    assert.equal((await client.download('RETR f')).toString(), part, range);
    assert.equal((await client.download('RETR f')).length, 10);
  }
});

test('G16 RANG counts octets of the transfer in TYPE A too', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'a\nb\nc\nd\n');
  const whole = 'a\r\nb\r\nc\r\nd\r\n';
  const client = await fixture.login();
  await client.command('TYPE A', 200);
  for (const [first, last] of [
    [0, 2],
    [1, 3],
    [2, 2],
    [4, 11],
    [6, 400],
    [12, 20],
  ] as const) {
    await client.command(`RANG ${first} ${last}`, 350);
    const part = (await client.download('RETR f')).toString();
    assert.equal(part, whole.slice(first, last + 1), `${first} ${last}`);
  }
});

test('G16 an upload behind RANG touches nothing outside', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', '0123456789');
  const client = await fixture.login();
  await client.command('RANG 2 4', 350);
  await client.upload('STOR f', 'abc');
  assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), '01abc56789');
  await client.command('RANG 2 4', 350);
  const data = await client.passive();
  await client.command('STOR f', 150);
  data.end('vwxyz');
  const { code } = await client.reply();
  assert.ok(code >= 400, String(code));
  assert.match((await contentOf(fixture.fileSystem, '/f'))?.toString() ?? '', /^01...56789$/);
});

for (const command of ['REST 2', 'RANG 0 2', 'RANG 2 4']) {
  for (const setting of ['TYPE A', 'STRU R']) {
    test(`G16 an upload behind ${command} is refused in ${setting}, whose octets are not those of the file`, async () => {
      await using fixture = await startServer();
      await putFile(fixture.fileSystem, '/f', '0123456789');
      const client = await fixture.login();
      await client.command(setting, 200);
      const data = await client.passive();
      await client.command(command, 350);
      await client.command('STOR f', 501, 504, 554);
      data.destroy();
      assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), '0123456789');
    });
  }
}

for (const [argument, code] of [
  ['5 2', 501],
  ['x 2', 501],
  ['1', 501],
  ['-1 2', 501],
  ['1 0', 350],
] as const) {
  test(`G16 RANG ${argument} gets ${code} and leaves no range`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', '0123456789');
    const client = await fixture.login();
    await client.command('RANG 1 3', 350);
    await client.command(`RANG ${argument}`, code);
    assert.equal((await client.download('RETR f')).length, 10);
  });
}
