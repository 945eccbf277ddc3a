import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { parseKeyExchangeInit } from '#protocols/ssh/kex/key-exchange-init.ts';
import { PacketReader } from '#protocols/ssh/transport/packet-reader.ts';
import { message } from '#protocols/ssh/wire/messages.ts';
import { startMessage } from '#protocols/ssh/wire/wire-writer.ts';
import { startRaw } from './raw-peer.ts';
import { dial, listen, serverOptions } from './ssh-fixture.ts';

test('M03: the first KEXINIT of the server announces strict key exchange', async (t) => {
  const { port } = await listen(t, serverOptions());
  const socket = await dial(t, port);
  // The server tells what it offers once it knows whom it speaks with.
  socket.write('SSH-2.0-raw\r\n');
  let received = Buffer.alloc(0);
  let init: Buffer | null = null;
  while (init === null) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf('\r\n');
    if (end < 0) continue;
    const reader = new PacketReader(40_960);
    reader.push(received.subarray(end + 2));
    init = reader.next();
  }
  const { keyExchanges } = parseKeyExchangeInit(init);
  assert.ok(keyExchanges.includes('kex-strict-s-v00@openssh.com'));
  assert.ok(!keyExchanges.some((name) => name.endsWith('-c') || name.includes('strict-c')));
});

test('M03: EXT_INFO is the first packet after NEWKEYS and names the signatures that are taken', async (t) => {
  const peer = await startRaw(t);
  await peer.logIn();
  assert.deepEqual(peer.order.slice(0, 2), [message.newKeys, message.extensionInfo]);
  const names = peer.extensions.get('server-sig-algs')?.toString().split(',') ?? [];
  for (const name of ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-256', 'rsa-sha2-512']) {
    assert.ok(names.includes(name), name);
  }
  // SHA-1 alone, which RFC 8332 leaves to the past.
  assert.ok(!names.includes('ssh-rsa'));
});

test('M03: EXT_INFO comes once, and not after later key exchanges', async (t) => {
  const peer = await startRaw(t, { rekeyPackets: 8 });
  await peer.logIn();
  const ping = (): void => {
    peer.send(startMessage(message.ping).string('x').finish());
  };
  while (peer.order.filter((number) => number === message.newKeys).length < 3) {
    ping();
    await peer.next(message.pong);
  }
  assert.equal(peer.order.filter((number) => number === message.extensionInfo).length, 1);
});
