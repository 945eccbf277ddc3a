import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { message } from '#protocols/ssh/wire/messages.ts';
import { startMessage } from '#protocols/ssh/wire/wire-writer.ts';
import { serveSshConnection } from '#protocols/ssh/server/server-connection.ts';
import { startRaw } from './raw-peer.ts';
import { seededRandom, serverOptions } from './ssh-fixture.ts';

/** How many connections are tried; `WHERRY_FUZZ_ROUNDS` asks for a longer run. */
const rounds = Number(process.env['WHERRY_FUZZ_ROUNDS'] ?? 60);
const seed = 20_260_101;

test(`${rounds} connections of random octets, some after a good identification, all end`, async () => {
  const random = seededRandom(seed);
  for (let round = 0; round < rounds; round += 1) {
    const [serverSide, wire] = duplexPair();
    const server = serveSshConnection(serverSide, serverOptions());
    wire.resume();
    if (round % 2 === 0) wire.write('SSH-2.0-fuzz\r\n');
    for (let chunk = 0; chunk < 4; chunk += 1) {
      wire.write(
        Buffer.from(Array.from({ length: Math.ceil(random() * 300) }, () => Math.floor(random() * 256))),
      );
    }
    wire.end();
    const error = await server.closed;
    assert.ok(
      error === null || ['protocol', 'connection-lost', 'integrity'].includes(error.code),
      String(error),
    );
    serverSide.destroy();
    wire.destroy();
  }
});

test(`${rounds} authenticated peers that send random messages leave the server standing`, async (t) => {
  const random = seededRandom(seed + 1);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let round = 0; round < rounds; round += 1) {
    const peer = await startRaw(t);
    if (round % 3 !== 0) await peer.logIn();
    const channel = round % 3 === 2 ? await peer.openSession() : 0;
    for (let index = 0; index < 20; index += 1) {
      const number = below(4) === 0 ? below(256) : 80 + below(21);
      if (number >= message.keyExchangeInit && number < message.authenticationRequest) continue;
      const writer = startMessage(number);
      if (below(2) === 0) writer.uint32(channel);
      for (let field = below(5); field > 0; field -= 1) {
        if (below(2) === 0) writer.uint32(below(2 ** 32));
        else writer.string(Buffer.alloc(below(40), below(256)));
      }
      peer.send(writer.finish());
    }
    peer.send(startMessage(message.ping).string('alive').finish());
    await Promise.race([peer.next(message.pong), peer.ended]);
    peer.transport.close();
  }
});
