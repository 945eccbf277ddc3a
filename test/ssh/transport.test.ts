import assert from 'node:assert/strict';
import { duplexPair, Transform } from 'node:stream';
import { test } from 'node:test';
import { algorithmSets, type AlgorithmSet } from '#protocols/ssh/algorithms.ts';
import { keyExchangeMethods, type KeyExchangeName } from '#protocols/ssh/kex/key-exchange-methods.ts';
import { ciphers, macs, type CipherName, type MacName } from '#protocols/ssh/protection/protections.ts';
import type { SshServerEvent } from '#protocols/ssh/server/server-options.ts';
import {
  connectOver,
  connectPair,
  dial,
  listen,
  patternBlock,
  readAll,
  serverOptions,
  clientOptions,
} from './ssh-fixture.ts';
import { connectSsh } from '#protocols/ssh/client/client-connection.ts';

async function echoesOver(algorithms: AlgorithmSet, test: Parameters<typeof connectPair>[0]): Promise<void> {
  const { client } = await connectPair(test, {}, { algorithms });
  const channel = await client.openCommand('echo');
  const sent = patternBlock(3);
  await Promise.all([
    (async () => {
      await channel.write(sent);
      channel.end();
    })(),
    readAll(channel).then((received) => assert.ok(received.equals(sent))),
  ]);
}

for (const name of Object.keys(keyExchangeMethods) as KeyExchangeName[]) {
  test(`M05: key exchange ${name} agrees and carries data`, async (t) => {
    await echoesOver({ ...algorithmSets.compatible, keyExchanges: [name] }, t);
  });
}

for (const cipher of Object.keys(ciphers) as CipherName[]) {
  for (const mac of Object.keys(macs) as MacName[]) {
    if (!cipher.endsWith('-ctr') && mac !== 'hmac-sha2-256') continue;
    test(`cipher ${cipher} with ${mac} carries data`, async (t) => {
      await echoesOver({ ...algorithmSets.compatible, ciphers: [cipher], macs: [mac] }, t);
    });
  }
}

for (const hostKey of algorithmSets.compatible.hostKeys) {
  test(`M05: host key ${hostKey} is proved`, async (t) => {
    let seen = '';
    await connectPair(
      t,
      {},
      {
        hostKeyAlgorithms: [hostKey],
        verifyHostKey: (key) => {
          seen = key.publicKey.type;
        },
      },
    );
    assert.equal(seen, hostKey.startsWith('rsa') ? 'ssh-rsa' : hostKey);
  });
}

test('sets without a common algorithm end with the reason of both lists', async (t) => {
  const events: SshServerEvent[] = [];
  const changes = {
    algorithms: algorithmSets.modern,
    onEvent: (event: SshServerEvent) => void events.push(event),
  };
  const algorithms: AlgorithmSet = { ...algorithmSets.compatible, keyExchanges: ['ecdh-sha2-nistp256'] };
  await assert.rejects(connectPair(t, changes, { algorithms }), /Cannot agree on a key exchange/);
  const closed = events.at(-1);
  assert.equal(closed?.event, 'closed');
});

test('every octet in a chunk of its own, both ways, is the same connection', async (t) => {
  const splitter = (): Transform =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        for (const octet of chunk) this.push(Buffer.from([octet]));
        done();
      },
    });
  const [serverEnd, serverWire] = duplexPair();
  const [clientEnd, clientWire] = duplexPair();
  serverWire.pipe(splitter()).pipe(clientWire);
  clientWire.pipe(splitter()).pipe(serverWire);
  const { client } = await connectOver(t, [serverEnd, clientEnd]);
  const channel = await client.openCommand('echo');
  await channel.write(Buffer.from('split'));
  channel.end();
  assert.equal((await readAll(channel)).toString(), 'split');
});

test('things 37, M07: keys are renewed by octets in both directions while data flows, and nothing is lost', async (t) => {
  const exchanges = { server: 0, client: 0 };
  const limits = { rekeyBytes: 300_000 };
  const { client } = await connectPair(
    t,
    { limits, onEvent: (event) => (exchanges.server += event.event === 'negotiated' ? 1 : 0) },
    { limits, onEvent: (event) => (exchanges.client += event.event === 'negotiated' ? 1 : 0) },
  );
  const channel = await client.openCommand('echo');
  const blocks = Array.from({ length: 16 }, (_, index) => patternBlock(index));
  const sending = (async () => {
    for (const block of blocks) await channel.write(block);
    channel.end();
  })();
  const received = await readAll(channel);
  await sending;
  assert.ok(received.equals(Buffer.concat(blocks)));
  assert.ok(exchanges.server > 8, `only ${exchanges.server} key exchanges`);
  assert.ok(Math.abs(exchanges.client - exchanges.server) <= 1, 'both sides count the same exchanges');
});

test('things 37, M07: keys are renewed by packets and by time', async (t) => {
  for (const limits of [{ rekeyPackets: 40 }, { rekeyMs: 5 }]) {
    const exchanges: SshServerEvent[] = [];
    const { client } = await connectPair(t, {
      limits,
      onEvent: (event) => void (event.event === 'negotiated' && exchanges.push(event)),
    });
    const channel = await client.openCommand('echo');
    while (exchanges.length < 3) {
      await channel.write(Buffer.from('x'));
      await channel.receive();
    }
    client.close();
  }
});

test('a reader that does not read stops the writer, and reading lets it go on', async (t) => {
  const { client } = await connectPair(t);
  const channel = await client.openCommand('pattern');
  const first = await channel.receive();
  assert.ok(first !== null);
  let total = first.length;
  for (let data = await channel.receive(); data !== null; data = await channel.receive())
    total += data.length;
  assert.equal(total, 64 * 262_144);
});

test('a writer waits for the window of a program that does not read', async (t) => {
  const { client } = await connectPair(t);
  const channel = await client.openCommand('never');
  let settled = false;
  const writing = Promise.resolve(channel.write(Buffer.alloc(8_000_000))).then(() => {
    settled = true;
  });
  const other = await client.openCommand('echo');
  await other.write(Buffer.from('still alive'));
  assert.equal((await other.receive())?.toString(), 'still alive');
  assert.equal(settled, false);
  channel.destroy();
  await assert.rejects(writing, { code: 'aborted' });
});

test('forty channels at once over a real socket keep their data apart', async (t) => {
  const { port } = await listen(t, serverOptions());
  const client = await connectSsh(await dial(t, port), clientOptions());
  t.after(() => {
    client.close();
  });
  const echoes = Array.from({ length: 40 }, async (_, index) => {
    const channel = await client.openCommand('echo');
    const sent = Buffer.alloc(100_000, index + 1);
    await channel.write(sent);
    channel.end();
    assert.ok((await readAll(channel)).equals(sent));
  });
  await Promise.all(echoes);
});

test('the exit status of a program arrives, and that of one that throws is 255', async (t) => {
  const { client } = await connectPair(t);
  for (const [command, expected] of [
    ['fail', 7],
    ['throws', 255],
  ] as const) {
    const channel = await client.openCommand(command);
    await readAll(channel);
    await channel.whenClosed();
    assert.equal(channel.exitStatus, expected);
  }
});

test('what the server does not run is refused and the connection goes on', async (t) => {
  const { client } = await connectPair(t);
  await assert.rejects(client.openCommand('rm -rf /'), { code: 'not-supported' });
  await assert.rejects(client.openSubsystem('nothing'), { code: 'not-supported' });
  await assert.rejects(client.openTunnel({ host: 'localhost', port: 80 }), { code: 'permission' });
  const channel = await client.openCommand('echo');
  channel.end();
  assert.equal((await readAll(channel)).length, 0);
});

test('a tunnel carries octets both ways and ends each way by itself', async (t) => {
  const [near, far] = duplexPair();
  const { client } = await connectPair(t, {
    openTunnel: ({ host, port }) => {
      assert.deepEqual([host, port], ['inside', 21]);
      return near;
    },
  });
  const channel = await client.openTunnel({ host: 'inside', port: 21 });
  far.write('220 hello\r\n');
  assert.equal((await channel.receive())?.toString(), '220 hello\r\n');
  await channel.write(Buffer.from('QUIT\r\n'));
  channel.end();
  const got: Buffer[] = [];
  for await (const chunk of far.iterator({ destroyOnReturn: false })) got.push(chunk as Buffer);
  assert.equal(Buffer.concat(got).toString(), 'QUIT\r\n');
  far.end();
  assert.equal(await channel.receive(), null);
});

test('the keys of the server are told and proved', async (t) => {
  const learned = await new Promise<readonly string[]>((resolve, reject) => {
    connectPair(
      t,
      {},
      {
        onHostKeys: (keys) => {
          resolve(keys.map((key) => key.type));
        },
      },
    ).catch(reject);
  });
  assert.deepEqual(learned.toSorted(), [
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'ssh-ed25519',
    'ssh-rsa',
  ]);
});

test('a silent peer is asked, and taken for dead when it does not answer', async (t) => {
  const [serverEnd, serverWire] = duplexPair();
  const [clientEnd, clientWire] = duplexPair();
  let passing = true;
  serverWire.on('data', (chunk: Buffer) => clientWire.write(chunk));
  clientWire.on('data', (chunk: Buffer) => passing && serverWire.write(chunk));
  const { server } = await connectOver(t, [serverEnd, clientEnd], {
    server: { limits: { keepAliveMs: 20, keepAliveTries: 2 } },
  });
  passing = false;
  assert.equal((await server.closed)?.code, 'timeout');
});
