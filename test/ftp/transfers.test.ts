import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { FaultFileSystem, Gate, MemoryFileSystem } from '#storage/index.ts';
import { makeScratchTree } from '#test/storage/scratch.ts';
import { readAll, startServer } from './harness.ts';
import { contentOf, dialPassive, listenActive, namesIn, putFile } from './helpers.ts';

for (const kind of ['memory', 'local'] as const) {
  test(`F01 files of every size come back as they went (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      for (const size of [0, 1, 1024, 65_535, 65_536, 1_048_577, 10 * 1024 * 1024]) {
        const content = randomBytes(size);
        await client.upload('STOR file.bin', content);
        const received = await client.download('RETR file.bin');
        assert.ok(received.equals(content), `${size} octets`);
      }
    } finally {
      await tree.dispose();
    }
  });

  test(`F01 active transfers carry the same octets (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      const content = randomBytes(1_000_003);
      await using listener = await listenActive();
      await client.command(`PORT ${listener.portArgument}`, 200);
      await client.command('STOR f', 150);
      const up = await listener.accept();
      up.end(content);
      await client.expect(226);
      await client.command(`PORT ${listener.portArgument}`, 200);
      await client.command('RETR f', 150);
      assert.ok((await readAll(await listener.accept())).equals(content));
      await client.expect(226);
    } finally {
      await tree.dispose();
    }
  });

  test(`F02 a missing file or a directory is refused before any 150 (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.command('MKD dir', 257);
      const data = await client.passive();
      await client.command('RETR missing', 550);
      await client.command('RETR dir', 550);
      await client.command('RETR /', 550);
      await client.command('RETR dir/missing', 550);
      data.destroy();
    } finally {
      await tree.dispose();
    }
  });

  test(`F03 an upload into nowhere or onto a directory is refused before any 150 (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.command('MKD dir', 257);
      await client.upload('STOR file', 'x');
      const data = await client.passive();
      for (const verb of ['STOR', 'APPE']) {
        await client.command(`${verb} missing/f`, 550, 553);
        await client.command(`${verb} dir`, 550, 553);
        await client.command(`${verb} /`, 550, 553);
        await client.command(`${verb} file/f`, 550, 553);
      }
      data.destroy();
      assert.deepEqual(await namesIn(fixture.fileSystem), ['dir', 'file']);
    } finally {
      await tree.dispose();
    }
  });

  test(`F04 a shorter file over a longer one leaves nothing of it (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.upload('STOR f', 'a long content');
      await client.upload('STOR f', 'short');
      assert.equal((await client.download('RETR f')).toString(), 'short');
    } finally {
      await tree.dispose();
    }
  });

  test(`F05 APPE goes on at the end, and makes a missing file (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const client = await fixture.login();
      await client.upload('APPE f', 'one,');
      await client.upload('APPE f', 'two,');
      await client.upload('APPE f', '');
      await client.upload('APPE f', 'three');
      assert.equal((await client.download('RETR f')).toString(), 'one,two,three');
    } finally {
      await tree.dispose();
    }
  });
}

test('F06 STOU tells the name it takes, another each time', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD dir', 257);
  await client.command('CWD dir', 250);
  const names: string[] = [];
  for (const command of ['STOU', 'STOU', 'STOU hint', 'STOU hint']) {
    const data = await client.passive();
    const opening = await client.command(command, 150, 125);
    const name = /^1[25][05] FILE: (.+)\r\n$/.exec(opening.text)?.[1];
    assert.ok(name !== undefined, opening.text);
    data.end(command);
    await client.expect(226);
    assert.equal((await client.download(`RETR ${name}`)).toString(), command);
    names.push(name);
  }
  assert.equal(new Set(names).size, 4);
  assert.deepEqual(await namesIn(fixture.fileSystem, '/dir'), names.sort());
});

test('F12 ABOR without a transfer is answered once and closes the passive port', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('ABOR', 225, 226);
  const data = await client.passive();
  await client.command('ABOR', 225, 226);
  await client.command('LIST', 425);
  data.destroy();
  await client.command('NOOP', 200);
  assert.equal(client.received, '');
});

test('F13 ABOR that meets the end of a transfer gets exactly two replies', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'small');
  const client = await fixture.login();
  for (let round = 0; round < 100; round += 1) {
    const data = await client.passive();
    const arriving = readAll(data).catch(() => null);
    if (round % 3 === 0) {
      client.send('RETR f\r\nABOR\r\n');
    } else {
      await client.command('RETR f', 150);
      if (round % 3 === 1) await arriving;
      client.send('ABOR\r\n');
    }
    const { code } = await client.expect(150, 226, 426);
    if (code === 150) await client.expect(226, 426);
    await client.expect(225, 226);
    await client.command('NOOP', 200);
    await arriving;
  }
  assert.equal(client.received, '');
});

test('F14 STAT during a transfer tells its progress and leaves it alone', async () => {
  const content = randomBytes(3 * 1024 * 1024);
  const memory = new MemoryFileSystem();
  await putFile(memory, '/f', content);
  const gate = new Gate();
  const half = content.length >> 1;
  const fileSystem = new FaultFileSystem(memory, [{ operation: 'read', path: '/f', after: half, gate }]);
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const arriving = readAll(await client.passive());
  await client.command('RETR f', 150);
  await gate.reached;
  const { text } = await client.command('STAT', 211);
  assert.match(text, /of \/f: \d+ of 3145728 bytes/);
  gate.release();
  assert.ok((await arriving).equals(content));
  await client.expect(226);
});

test('F16 226 of an upload comes only when every session sees the file', async () => {
  const gate = new Gate();
  const fileSystem = new FaultFileSystem(new MemoryFileSystem(), [{ operation: 'finish', gate }]);
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  const other = await fixture.login();
  const data = await client.passive();
  await client.command('STOR f', 150);
  data.end('content');
  await gate.reached;
  await other.command('SIZE f', 550);
  await client.command('NOOP', 200);
  assert.equal(client.received, '');
  gate.release();
  await client.expect(226);
  assert.match((await other.command('SIZE f', 213)).text, /^213 7\r/);
});

for (const kind of ['memory', 'local'] as const) {
  test(`F17 of two uploads to one name one wins, and they never mix (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const first = await fixture.login();
      const second = await fixture.login();
      const [one, two] = [Buffer.alloc(1_000_000, 'a'), Buffer.alloc(900_000, 'b')];
      const data = [await first.passive(), await second.passive()] as const;
      await first.command('STOR f', 150);
      const { code } = await second.command('STOR f', 150, 450, 553);
      data[0].write(one.subarray(0, 500_000));
      if (code === 150) data[1].end(two);
      data[0].end(one.subarray(500_000));
      await first.expect(226, 450);
      if (code === 150) await second.expect(226, 450);
      const content = await contentOf(fixture.fileSystem, '/f');
      assert.ok(content?.equals(one) === true || content?.equals(two) === true);
      assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
    } finally {
      await tree.dispose();
    }
  });

  test(`F17 an upload beside a download disturbs neither (${kind})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
      const before = randomBytes(16 * 1024 * 1024);
      const reader = await fixture.login();
      const writer = await fixture.login();
      await writer.upload('STOR f', before);
      const data = await dialPassive(reader);
      await reader.command('RETR f', 150);
      await writer.upload('STOR f', 'after');
      assert.ok((await readAll(data)).equals(before));
      await reader.expect(226);
      assert.equal((await reader.download('RETR f')).toString(), 'after');
    } finally {
      await tree.dispose();
    }
  });
}

test('F19 a thousand transfers leave no descriptor behind', async () => {
  const tree = await makeScratchTree();
  try {
    await using fixture = await startServer({ fileSystem: tree.fileSystem, passivePorts: [30_000, 30_099] });
    const client = await fixture.login();
    await client.upload('STOR f', 'small');
    for (let index = 0; index < 20; index += 1) await client.download('RETR f');
    const before = readdirSync('/proc/self/fd').length;
    for (let index = 0; index < 1000; index += 1) {
      assert.equal((await client.download('RETR f')).toString(), 'small');
    }
    const after = readdirSync('/proc/self/fd').length;
    // Bound passive ports are kept for the next transfer; there are a hundred of them.
    assert.ok(after - before <= 110, `${before} descriptors before, ${after} after`);
    assert.deepEqual(await readdir(tree.root), ['f']);
  } finally {
    await tree.dispose();
  }
});

for (const behind of ['RETR f\r\n', 'RETR f\r\nQUIT\r\n']) {
  test(`F20 a client that says FIN behind ${JSON.stringify(behind)} leaves no session`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', randomBytes(100_000));
    const client = await fixture.login();
    const data = await client.passive();
    const arriving = readAll(data).catch(() => null);
    client.send(behind);
    client.socket.end();
    const rest = await client.end();
    assert.match(rest, /^150 .*\r\n(?:226|426) /);
    await arriving;
    await fixture.event(({ event }) => event === 'session-closed');
    assert.equal(fixture.server.sessions.size, 0);
  });
}
