import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Entry } from '#core/entry.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';
import { makeScratchTree } from '#test/storage/scratch.ts';
import { dial, RawClient, readAll, startServer } from './harness.ts';
import {
  closed,
  freePort,
  listenActive,
  namesIn,
  parseExtendedPassive,
  putFile,
  unbufferable,
} from './helpers.ts';

/** Directories that tell their entries again and again. */
class EndlessDirectories extends FaultFileSystem {
  override async *readDirectory(path: VirtualPath): AsyncGenerator<readonly Entry[]> {
    for (;;) yield* super.readDirectory(path);
  }
}

for (const argument of [
  'PORT 169,254,169,254,0,80',
  'PORT 169,254,169,254,31,144',
  'PORT 10,0,0,1,31,144',
  'PORT 127,0,0,1,0,22',
  'PORT 127,0,0,1,3,255',
  'EPRT |1|169.254.169.254|8080|',
  'EPRT |2|fe80::1|8080|',
  'EPRT |2|::ffff:169.254.169.254|8080|',
  'EPRT |1|127.0.0.1|1023|',
  'EPRT |1|0.0.0.0|8080|',
  'EPRT |1|255.255.255.255|8080|',
  'LPRT 4,4,169,254,169,254,2,31,144',
]) {
  test(`15 bounce: ${argument} is refused`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'USER x\r\n');
    const client = await fixture.login();
    const { code } = await client.command(argument);
    assert.ok(code === 501 || code === 504, String(code));
    await client.command('RETR f', 425);
  });
}

test('15 bounce: a server that listens on both families takes a mapped address for what it is', async () => {
  await using fixture = await startServer({ host: '::' });
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await RawClient.connect('127.0.0.1', fixture.port());
  await client.expect(220);
  await client.command('USER alice', 331);
  await client.command('PASS wonder land', 230);
  await client.command('TYPE I', 200);
  await using listener = await listenActive();
  await client.command('PORT 127,0,0,2,200,1', 504);
  await client.command(`PORT ${listener.portArgument}`, 200);
  await client.command('RETR f', 150);
  assert.equal((await readAll(await listener.accept())).toString(), 'content');
  await client.expect(226);
  await client.command('PASV', 227);
  client.destroy();
});

test('18 passive ports asked for by the thousand are one at a time', async () => {
  const first = await freePort();
  await using fixture = await startServer({ passivePorts: [first, first + 2] });
  const greedy = await fixture.login();
  greedy.send('EPSV\r\n'.repeat(3000));
  let last = 0;
  for (let index = 0; index < 3000; index += 1) {
    last = parseExtendedPassive((await greedy.expect(229)).text);
  }
  const isOpen = async (port: number): Promise<boolean> => {
    const socket = await dial('127.0.0.1', port).catch(() => null);
    socket?.destroy();
    return socket !== null;
  };
  assert.equal(await isOpen(last), true);
  for (const port of [first, first + 1, first + 2].filter((other) => other !== last)) {
    // Ports wanted this often go on listening for a moment after they are given back; the runner ends a wait in vain.
    while (await isOpen(port));
  }
});

test('18 ports of sessions that are gone come back', async () => {
  const first = await freePort();
  await using fixture = await startServer({ passivePorts: [first, first + 3] });
  for (let round = 0; round < 10; round += 1) {
    const clients = await Promise.all(Array.from({ length: 4 }, () => fixture.login()));
    for (const client of clients) await client.command('EPSV', 229);
    for (const client of clients) {
      if (round % 2 === 0) client.socket.resetAndDestroy();
      else client.socket.end();
    }
    await fixture.server.sessions.whenEmpty();
  }
  const client = await fixture.login();
  await client.upload('STOR f', 'content');
});

test('19 a crowd that takes every passive port stops nobody for good', async () => {
  const first = await freePort();
  await using fixture = await startServer({ passivePorts: [first, first + 4] });
  const crowd = await Promise.all(Array.from({ length: 12 }, () => fixture.login()));
  const replies = await Promise.all(crowd.map((client) => client.command('EPSV', 229, 425, 421)));
  assert.equal(replies.filter(({ code }) => code === 229).length, 5);
  for (const client of crowd) await client.command('NOOP', 200);
  for (const [index, client] of crowd.entries())
    if (replies[index]?.code === 229) await client.command('REIN', 220);
  const client = await fixture.login();
  await client.upload('STOR f', 'content');
});

test('20 peers that send or take nothing end after the time for it, and their files with them', async () => {
  const fileSystem = new MemoryFileSystem();
  await putFile(fileSystem, '/big', Buffer.alloc(unbufferable));
  await using fixture = await startServer({ fileSystem, timeouts: { stallMs: 100, connectMs: 100 } });
  const clients = await Promise.all(Array.from({ length: 6 }, () => fixture.login()));
  await Promise.all(
    clients.map(async (client, index) => {
      if (index % 3 === 2) {
        await client.command('EPSV', 229);
        await client.command('RETR big', 150);
        await client.expect(425);
        return;
      }
      const data = await client.passive();
      await client.command(index % 3 === 0 ? `STOR f${index}` : 'RETR big', 150);
      await client.expect(426);
      await closed(data);
    }),
  );
  for (const client of clients) await client.command('NOOP', 200);
  assert.deepEqual(await namesIn(fileSystem), ['big']);
});

test('20 a trickle of single octets does not hold a data connection for ever', async () => {
  await using fixture = await startServer({ timeouts: { stallMs: 300 } });
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('STOR slow', 150);
  const trickle = setInterval(() => data.write('.'), 20);
  try {
    await client.expect(426);
  } finally {
    clearInterval(trickle);
    data.destroy();
  }
  await client.command('SIZE slow', 550);
  await client.command('NOOP', 200);
});

test('20 a zero window during a listing ends it', async () => {
  const fileSystem = new MemoryFileSystem();
  const name = 'n'.repeat(200);
  for (let index = 0; index < 60; index += 1) await putFile(fileSystem, `/${name}${index}`, '');
  const endless = new EndlessDirectories(fileSystem);
  await using fixture = await startServer({ fileSystem: endless, timeouts: { stallMs: 200 } });
  const client = await fixture.login();
  const data = await client.passive();
  await client.command('NLST', 150);
  await client.expect(426, 451, 450);
  await closed(data);
  await client.command('NOOP', 200);
});

test('30 fifty uploads into a tree that is nearly full: some fit, the others get 452 and leave nothing', async () => {
  const fileSystem = new MemoryFileSystem({ capacity: 1_000_000 });
  await using fixture = await startServer({ fileSystem });
  await putFile(fileSystem, '/taken', Buffer.alloc(900_000));
  const clients = await Promise.all(Array.from({ length: 50 }, () => fixture.login()));
  const codes = await Promise.all(
    clients.map(async (client, index) => {
      const data = await client.passive();
      await client.command(`STOR f${index}`, 150, 452, 552);
      data.end(Buffer.alloc(30_000));
      const { code } = await client.expect(226, 452, 552);
      await closed(data);
      return code;
    }),
  );
  const stored = codes.filter((code) => code === 226).length;
  assert.ok(stored <= 3, `${stored} uploads`);
  assert.equal((await namesIn(fileSystem)).length, 1 + stored);
  fileSystem.removeFile(resolveVirtualPath(rootPath, '/taken'));
  await clients[0]?.upload('STOR again', Buffer.alloc(30_000));
});

for (const [code, expected] of [
  ['no-space', 452],
  ['io', 451],
  ['quota', 552],
] as const) {
  test(`30 ${code} when a local upload is closed gets ${expected}, and no temporary file stays`, async () => {
    const tree = await makeScratchTree();
    try {
      await putFile(tree.fileSystem, '/f', 'as it was');
      const fileSystem = new FaultFileSystem(tree.fileSystem, [{ operation: 'finish', code, times: 1 }]);
      await using fixture = await startServer({ fileSystem });
      const client = await fixture.login();
      const data = await client.passive();
      await client.command('STOR f', 150);
      data.end('new');
      await client.expect(expected);
      assert.equal((await client.download('RETR f')).toString(), 'as it was');
      await client.upload('STOR f', 'new');
    } finally {
      await tree.dispose();
    }
  });
}

test('18 a data port that is scanned and left does not end the session', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  const port = parseExtendedPassive((await client.command('EPSV', 229)).text);
  for (let index = 0; index < 20; index += 1) {
    const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.9' });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
  }
  const arriving = readAll(await dial('127.0.0.1', port));
  await client.command('RETR f', 150);
  assert.equal((await arriving).toString(), 'content');
  await client.expect(226);
});
