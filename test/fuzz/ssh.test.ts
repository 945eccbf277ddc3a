import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { message } from '#protocols/ssh/wire/messages.ts';
import { startMessage } from '#protocols/ssh/wire/wire-writer.ts';
import { serveSshConnection } from '#protocols/ssh/server/server-connection.ts';
import { startRaw } from '../ssh/raw-peer.ts';
import { serverOptions } from '../ssh/ssh-fixture.ts';
import { Fuzz, Round } from './fuzzing.ts';

test('O06: connections of random octets, some after a good identification, all end', async () => {
  const fuzz = new Fuzz(1);
  while (fuzz.next()) {
    const [serverSide, wire] = duplexPair();
    const server = serveSshConnection(serverSide, serverOptions());
    wire.resume();
    if (fuzz.chance(2)) wire.write('SSH-2.0-fuzz\r\n');
    for (let chunk = 0; chunk < 4; chunk += 1) wire.write(fuzz.bytes(300));
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

/** A message of authentication or of a channel, with fields of no sense. */
function nonsense(fuzz: Fuzz, channel: number): Buffer {
  const number = fuzz.chance(4) ? fuzz.below(256) : 80 + fuzz.below(21);
  const writer = startMessage(
    number >= message.keyExchangeInit && number < message.authenticationRequest
      ? message.channelData
      : number,
  );
  if (fuzz.chance(2)) writer.uint32(channel);
  for (let field = fuzz.below(5); field > 0; field -= 1) {
    if (fuzz.chance(2)) writer.uint32(fuzz.uint32());
    else writer.string(fuzz.bytes(40));
  }
  return writer.finish();
}

test('O06: peers behind the key exchange that send random messages leave the server standing', async () => {
  const fuzz = new Fuzz(2);
  while (fuzz.next()) {
    const round = new Round();
    const peer = await startRaw(round);
    const stage = fuzz.below(3);
    if (stage > 0) await peer.logIn();
    const channel = stage === 2 ? await peer.openSession() : 0;
    for (let index = 0; index < 20; index += 1) peer.send(nonsense(fuzz, channel));
    peer.send(startMessage(message.ping).string('alive').finish());
    await Promise.race([peer.next(message.pong), peer.ended]);
    round.end();
  }
});
