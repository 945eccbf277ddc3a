import assert from 'node:assert/strict';
import { duplexPair, type Duplex } from 'node:stream';
import { test } from 'node:test';
import { algorithmSets } from '#protocols/ssh/algorithms.ts';
import { connectOver } from './ssh-fixture.ts';

/** Protections that leave the length of a packet in the clear, where anybody on the way may change it. */
const clearLengths = [
  ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
  ['aes256-gcm@openssh.com', 'hmac-sha2-256'],
  ['aes128-ctr', 'hmac-sha2-256-etm@openssh.com'],
  ['aes256-ctr', 'hmac-sha2-512-etm@openssh.com'],
] as const;

const lengths: readonly number[] = [0, 1, 4, 15, 16, 17, 0x4_0001, 0x8000_0000, 0xffff_ffff];

for (const [cipher, mac] of clearLengths) {
  for (const length of lengths) {
    test(`things 32, M08: a length of ${length} under ${cipher} with ${mac} ends the connection at once`, async (t) => {
      const [serverEnd, serverWire] = duplexPair();
      const [clientEnd, clientWire] = duplexPair();
      let changing = false;
      serverWire.on('data', (chunk: Buffer) => clientWire.write(Buffer.from(chunk)));
      clientWire.on('data', (chunk: Buffer) => {
        const copy = Buffer.from(chunk);
        if (changing) copy.writeUInt32BE(length, 0);
        // Enough for the shortest lengths to be whole packets with their tag.
        serverWire.write(changing ? Buffer.concat([copy, Buffer.alloc(64)]) : copy);
      });
      const algorithms = { ...algorithmSets.default, ciphers: [cipher], macs: [mac] };
      const ends: readonly [Duplex, Duplex] = [serverEnd, clientEnd];
      const { server, client } = await connectOver(t, ends, { client: { algorithms } });
      changing = true;
      void client.openCommand('echo').catch(() => undefined);
      const error = await server.closed;
      assert.ok(error?.code === 'protocol' || error?.code === 'integrity', String(error));
    });
  }
}
