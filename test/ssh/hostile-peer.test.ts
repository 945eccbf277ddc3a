import assert from 'node:assert/strict';
import { duplexPair, type Duplex } from 'node:stream';
import { test, type TestContext } from 'node:test';
import type { WherryError } from '#core/errors.ts';
import { connectSsh } from '#protocols/ssh/client/client-connection.ts';
import { encodeKeyExchangeInit } from '#protocols/ssh/kex/key-exchange-init.ts';
import type { SshLimits } from '#protocols/ssh/limits.ts';
import { serveSshConnection, type SshServerConnection } from '#protocols/ssh/server/server-connection.ts';
import { message, openFailure } from '#protocols/ssh/wire/messages.ts';
import { startMessage } from '#protocols/ssh/wire/wire-writer.ts';
import { startRaw } from './raw-peer.ts';
import { clientOptions, connectOver, dial, listen, serverOptions } from './ssh-fixture.ts';

const identification = Buffer.from('SSH-2.0-hostile\r\n');

function serveBytes(
  t: TestContext,
  limits: Partial<SshLimits> = {},
): { readonly server: SshServerConnection<string>; readonly wire: Duplex } {
  const [serverSide, wire] = duplexPair();
  const server = serveSshConnection(serverSide, serverOptions({ limits }));
  wire.resume();
  t.after(() => {
    server.close();
    serverSide.destroy();
    wire.destroy();
  });
  return { server, wire };
}

const brokenStarts: Readonly<Record<string, Buffer>> = {
  'another protocol': Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n'),
  'SSH 1': Buffer.from('SSH-1.5-old\r\n'),
  'an endless identification': Buffer.from(`SSH-2.0-${'x'.repeat(10_000)}`),
  'binary rubbish': Buffer.from([0, 1, 2, 3, 255, 254]),
};

for (const [what, bytes] of Object.entries(brokenStarts)) {
  test(`things 31, M01: ${what} in place of an identification ends the connection`, async (t) => {
    const { server, wire } = serveBytes(t);
    wire.write(bytes);
    assert.equal((await server.closed)?.code, 'protocol');
  });
}

function packet(length: number, padding: number, octets: number): Buffer {
  const bytes = Buffer.alloc(5 + octets);
  bytes.writeUInt32BE(length, 0);
  bytes[4] = padding;
  return bytes;
}

const brokenPackets: Readonly<Record<string, Buffer>> = {
  'of length 0': packet(0, 0, 16),
  'of length 1': packet(1, 0, 16),
  'of length 0xFFFFFFFF': packet(0xffff_ffff, 4, 16),
  'of length 2^31': packet(0x8000_0000, 4, 16),
  'that is no multiple of the block': packet(13, 4, 16),
  'with more padding than there is packet': packet(12, 200, 11),
  'with too little padding': packet(12, 3, 11),
  'without a payload': packet(12, 11, 11),
  'of a message of the connection protocol': Buffer.concat([
    packet(12, 4, 0),
    Buffer.alloc(11, message.channelOpen),
  ]),
};

for (const [what, bytes] of Object.entries(brokenPackets)) {
  test(`things 32, M08: a first packet ${what} ends the connection`, async (t) => {
    const { server, wire } = serveBytes(t);
    wire.write(Buffer.concat([identification, bytes]));
    assert.equal((await server.closed)?.code, 'protocol');
  });
}

test('things 31: a peer that says nothing, or stops in the middle of a packet, is sent away in time', async (t) => {
  for (const bytes of [
    Buffer.alloc(0),
    identification,
    Buffer.concat([identification, packet(30_004, 4, 100)]),
  ]) {
    const { server, wire } = serveBytes(t, { authenticationTimeoutMs: 40 });
    wire.write(bytes);
    assert.equal((await server.closed)?.code, 'timeout');
  }
});

/** Joins server and client by a wire on which a test may change the client's octets. */
function tampered(change: (chunk: Buffer) => Buffer): readonly [Duplex, Duplex] {
  const [serverEnd, serverWire] = duplexPair();
  const [clientEnd, clientWire] = duplexPair();
  serverWire.on('data', (chunk: Buffer) => clientWire.write(Buffer.from(chunk)));
  clientWire.on('data', (chunk: Buffer) => serverWire.write(change(Buffer.from(chunk))));
  return [serverEnd, clientEnd];
}

for (const cipher of ['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr'] as const) {
  for (const mac of ['hmac-sha2-256', 'hmac-sha2-256-etm@openssh.com'] as const) {
    if (cipher !== 'aes128-ctr' && mac !== 'hmac-sha2-256') continue;
    test(`things 32, M08: a flipped bit under ${cipher} with ${mac} ends the connection`, async (t) => {
      let flip = false;
      const ends = tampered((chunk) => {
        const last = chunk.length - 1;
        if (flip) chunk[last] = (chunk[last] ?? 0) ^ 1;
        return chunk;
      });
      const { algorithmSets } = await import('#protocols/ssh/algorithms.ts');
      const algorithms = { ...algorithmSets.default, ciphers: [cipher], macs: [mac] };
      const { server, client } = await connectOver(t, ends, { client: { algorithms } });
      flip = true;
      void client.openCommand('echo').catch(() => undefined);
      assert.equal((await server.closed)?.code, 'integrity');
    });
  }
}

test('things 34, M04: under strict key exchange an IGNORE before the first NEWKEYS ends the connection', async (t) => {
  const { server, wire } = serveBytes(t);
  const direction = { ciphers: ['aes128-ctr'], macs: ['hmac-sha2-256'], compressions: ['none'] };
  const init = encodeKeyExchangeInit({
    keyExchanges: ['curve25519-sha256', 'kex-strict-c-v00@openssh.com'],
    hostKeys: ['ssh-ed25519'],
    clientToServer: direction,
    serverToClient: direction,
    firstPacketFollows: false,
  });
  wire.write(Buffer.concat([identification, clear(init), clear(Buffer.from([message.ignore, 0, 0, 0, 0]))]));
  assert.match((await server.closed)?.message ?? '', /before its end/);
});

test('things 34, M04: under strict key exchange a packet before KEXINIT ends the connection', async (t) => {
  const { server, wire } = serveBytes(t);
  const direction = { ciphers: ['aes128-ctr'], macs: ['hmac-sha2-256'], compressions: ['none'] };
  const init = encodeKeyExchangeInit({
    keyExchanges: ['curve25519-sha256', 'kex-strict-c-v00@openssh.com'],
    hostKeys: ['ssh-ed25519'],
    clientToServer: direction,
    serverToClient: direction,
    firstPacketFollows: false,
  });
  wire.write(Buffer.concat([identification, clear(Buffer.from([message.ignore, 0, 0, 0, 0])), clear(init)]));
  assert.match((await server.closed)?.message ?? '', /out of order/);
});

/** A packet before any keys. */
function clear(payload: Buffer): Buffer {
  const padding = 8 - ((5 + payload.length) % 8) + 8;
  return Buffer.concat([packet(1 + payload.length + padding, padding, 0), payload, Buffer.alloc(padding)]);
}

const beforeAuthentication: Readonly<Record<string, Buffer>> = {
  'a channel': startMessage(message.channelOpen)
    .string('session')
    .uint32(0)
    .uint32(1)
    .uint32(32_768)
    .finish(),
  'a global request': startMessage(message.globalRequest).string('x').boolean(true).finish(),
  'a channel request': startMessage(message.channelRequest)
    .uint32(0)
    .string('exec')
    .boolean(false)
    .string('id')
    .finish(),
  'SUCCESS by itself': Buffer.from([message.authenticationSuccess]),
};

for (const [what, payload] of Object.entries(beforeAuthentication)) {
  for (const asked of [false, true]) {
    test(`things 33: ${what} before authentication opens nothing${asked ? ', the service asked for' : ''}`, async (t) => {
      const peer = await startRaw(t);
      if (asked) peer.send(startMessage(message.serviceRequest).string('ssh-userauth').finish());
      peer.send(payload);
      // A message that means nothing is answered; one that would reach further ends the connection.
      if (asked && payload[0] === message.authenticationSuccess) {
        assert.ok((await peer.next(message.unimplemented)) !== null);
        const open = beforeAuthentication['a channel'];
        assert.ok(open !== undefined);
        peer.send(open);
      }
      assert.equal((await peer.ended)?.code, 'connection-lost');
    });
  }
}

test('M11: an unknown message is answered with its number', async (t) => {
  const peer = await startRaw(t);
  await peer.logIn();
  peer.send(Buffer.from([210, 1, 2, 3]));
  assert.equal((await peer.next(message.unimplemented))?.length, 5);
  peer.send(startMessage(message.ping).string('echo me').finish());
  assert.match((await peer.next(message.pong))?.toString('latin1') ?? '', /echo me$/);
});

test('things 33, M11, M12: requests that nobody knows fail, and the connection goes on', async (t) => {
  const peer = await startRaw(t);
  await peer.logIn();
  peer.send(
    startMessage(message.globalRequest).string('tcpip-forward').boolean(true).string('').uint32(0).finish(),
  );
  assert.ok((await peer.next(message.requestFailure)) !== null);
  const channel = await peer.openSession();
  for (const name of ['pty-req', 'shell', 'x11-req', 'env', 'auth-agent-req@openssh.com', 'strange']) {
    peer.send(startMessage(message.channelRequest).uint32(channel).string(name).boolean(true).finish());
    assert.ok((await peer.next(message.channelFailure)) !== null, name);
  }
  for (const type of ['x11', 'forwarded-tcpip', 'strange']) {
    peer.send(startMessage(message.channelOpen).string(type).uint32(9).uint32(1).uint32(32_768).finish());
    assert.equal(
      (await peer.next(message.channelOpenFailure))?.readUInt32BE(5),
      openFailure.unknownChannelType,
    );
  }
});

test('a running program outlives any number of requests, an idle session does not', async (t) => {
  const peer = await startRaw(t);
  await peer.logIn();
  const ask = (channel: number, name: string): void => {
    const request = startMessage(message.channelRequest).uint32(channel).string(name).boolean(true);
    peer.send(request.string('echo').finish());
  };
  const running = await peer.openSession();
  ask(running, 'exec');
  assert.ok((await peer.next(message.channelSuccess)) !== null);
  for (let index = 0; index < 500; index += 1) {
    ask(running, 'winadj@putty.projects.tartarus.org');
    assert.ok((await peer.next(message.channelFailure)) !== null);
  }
  const idle = await peer.openSession();
  for (let index = 0; index < 65; index += 1) ask(idle, 'env');
  assert.equal((await peer.next(message.channelClose))?.readUInt32BE(1), 0);
});

test('things 35: channels of impossible packet size are refused, those of any size above are clamped', async (t) => {
  const peer = await startRaw(t);
  await peer.logIn();
  const open = (size: number): void => {
    peer.send(startMessage(message.channelOpen).string('session').uint32(1).uint32(0).uint32(size).finish());
  };
  for (const size of [0, 1]) {
    open(size);
    assert.equal(
      (await peer.next(message.channelOpenFailure))?.readUInt32BE(5),
      openFailure.resourceShortage,
    );
  }
  open(0xffff_ffff);
  assert.ok((await peer.next(message.channelOpenConfirmation)) !== null);
});

test('things 35: ten thousand channels are not opened', async (t) => {
  const peer = await startRaw(t, { channels: 20 });
  await peer.logIn();
  for (let index = 0; index < 10_000; index += 1) {
    peer.send(
      startMessage(message.channelOpen).string('session').uint32(index).uint32(1).uint32(32_768).finish(),
    );
  }
  peer.send(startMessage(message.ping).string('done').finish());
  let opened = 0;
  for (; opened < 20; opened += 1) assert.ok((await peer.next(message.channelOpenConfirmation)) !== null);
  assert.ok((await peer.next(message.pong)) !== null);
});

const channelBreaches: Readonly<Record<string, (channel: number) => Buffer[]>> = {
  'data beyond the window': (channel) =>
    Array.from({ length: 3 }, () =>
      startMessage(message.channelData).uint32(channel).string(Buffer.alloc(32_768)).finish(),
    ),
  'data longer than a packet may carry': (channel) => [
    startMessage(message.channelData).uint32(channel).string(Buffer.alloc(140_000)).finish(),
  ],
  'a window beyond 2^32': (channel) => [
    startMessage(message.channelWindowAdjust).uint32(channel).uint32(0xffff_ffff).finish(),
  ],
  'data after EOF': (channel) => [
    startMessage(message.channelEof).uint32(channel).finish(),
    startMessage(message.channelData).uint32(channel).string('late').finish(),
  ],
  'a channel that was never opened': () => [startMessage(message.channelEof).uint32(77).finish()],
  'an answer to no request': (channel) => [startMessage(message.channelSuccess).uint32(channel).finish()],
  'a message that ends in the middle': (channel) => [
    startMessage(message.channelData).uint32(channel).uint32(1000).finish(),
  ],
};

for (const [what, payloads] of Object.entries(channelBreaches)) {
  test(`things 35: ${what} ends the connection`, async (t) => {
    const peer = await startRaw(t);
    await peer.logIn();
    for (const payload of payloads(await peer.openSession())) peer.send(payload);
    const error: WherryError | null = await peer.ended;
    assert.equal(error?.code, 'connection-lost');
  });
}

test('things 35, M13: no data leaves before the peer opens its window, and all of it afterwards', async (t) => {
  const peer = await startRaw(t);
  await peer.logIn();
  const channel = await peer.openSession(0);
  peer.send(
    startMessage(message.channelRequest)
      .uint32(channel)
      .string('exec')
      .boolean(false)
      .string('pattern')
      .finish(),
  );
  peer.send(startMessage(message.ping).string('1').finish());
  assert.ok((await peer.next(message.pong)) !== null);
  peer.send(startMessage(message.channelWindowAdjust).uint32(channel).uint32(10).finish());
  assert.equal((await peer.next(message.channelData))?.readUInt32BE(5), 10);
});

test('things 37: keys that are renewed again and again for nothing end the connection', async (t) => {
  const [serverSide, clientSide] = duplexPair();
  const server = serveSshConnection(serverSide, serverOptions());
  t.after(() => {
    serverSide.destroy();
    clientSide.destroy();
  });
  const client = await connectSsh(clientSide, clientOptions({ limits: { rekeyMs: 1 } }));
  assert.match((await server.closed)?.message ?? '', /too often/);
  client.close();
});

test('things 35: a flood of requests whose answers are not read stops being read', async (t) => {
  const limits = { outputPause: 200_000, outputHighWater: 100_000 };
  const { port } = await listen(t, serverOptions({ limits }));
  const before = process.memoryUsage().rss;
  const socket = await dial(t, port);
  const client = await connectSsh(socket, clientOptions());
  t.after(() => {
    client.close();
  });
  socket.pause();
  const flood = Array.from({ length: 2000 }, () => client.openCommand('echo').catch(() => undefined));
  socket.resume();
  client.close();
  await Promise.all(flood);
  assert.ok(process.memoryUsage().rss - before < 300_000_000);
});
