import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { connectTcp } from '#native/index.ts';
import { TlsDownloadChannel } from '#protocols/ftp/client/data/tls-download-channel.ts';
import { TlsClient } from '#protocols/ftp/client/tls/tls-client.ts';
import { makeTls } from '#test/ftp/tls-harness.ts';

const content = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index % 251));

/** Says all of the content in TLS, and ends with close_notify. */
async function serveContent(): Promise<Server> {
  const secureContext = (await makeTls()).createSessionTls().contextFor(null);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const secured = new TLSSocket(socket, { isServer: true, secureContext });
    secured.on('error', () => undefined);
    secured.end(content);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** Passes everything on until the server has sent so many octets; then the connection ends, or is reset. */
async function relay(
  target: number,
  limit: number,
  how: 'end' | 'reset',
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('close', () => far.destroy());
    near.pipe(far, { end: false });
    let left = limit;
    far.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, left);
      left -= part.length;
      const last = left === 0;
      near.write(part, () => {
        if (!last) return;
        if (how === 'end') near.end();
        else near.resetAndDestroy();
        far.destroy();
      });
    });
    far.on('end', () => near.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, close: () => void server.close() };
}

/** Reads through a relay that cuts; what has come, and why no more came. */
async function download(
  server: Server,
  limit: number,
  how: 'end' | 'reset',
): Promise<{ readonly received: Buffer; readonly error: unknown }> {
  const { port: target } = server.address() as AddressInfo;
  const passage = await relay(target, limit, how);
  const parts: Buffer[] = [];
  try {
    const tls = new TlsClient('127.0.0.1', { verifyCertificate: () => Promise.resolve(true) });
    const control = await tls.secureControl(connect(target, '127.0.0.1'), { timeoutMs: 5000 });
    control.destroy();
    const transport = await connectTcp({ host: '127.0.0.1', port: passage.port });
    const { signal } = new AbortController();
    const channel = await TlsDownloadChannel.open(transport, tls, { timeoutMs: 5000, signal });
    try {
      for (;;) {
        const buffer = Buffer.alloc(7000);
        const count = await channel.read(buffer);
        if (count === 0) break;
        parts.push(buffer.subarray(0, count));
      }
    } finally {
      channel.answerEnd();
      channel.close();
    }
    return { received: Buffer.concat(parts), error: null };
  } catch (error) {
    return { received: Buffer.concat(parts), error };
  } finally {
    passage.close();
  }
}

/** Octets after which a connection dies: all through the handshake, then here and there. */
function* limits(): Generator<number> {
  for (let limit = 1; limit < 1600; limit += 37) yield limit;
  for (let limit = 1600; limit < 40_000; limit += 2311) yield limit;
}

for (const how of ['end', 'reset'] as const) {
  test(`a download in TLS whose connection dies (${how}) gives what came before, and never hangs`, async (t) => {
    const server = await serveContent();
    t.after(() => server.close());
    for (const limit of limits()) {
      const { received, error } = await download(server, limit, how);
      assert.ok(received.length < content.length, `${limit}: ${received.length}`);
      assert.deepEqual(received, content.subarray(0, received.length));
      // A plain end is told by nobody but the size of the file; a reset is an error of its own.
      if (how === 'reset') assert.ok(error instanceof WherryError, `${limit}: ${String(error)}`);
      else assert.ok(error === null || error instanceof WherryError, `${limit}: ${String(error)}`);
    }
  });
}

test('a download in TLS comes whole, however small the pieces that are asked for', async (t) => {
  const server = await serveContent();
  t.after(() => server.close());
  const { received, error } = await download(server, Number.MAX_SAFE_INTEGER, 'end');
  assert.equal(error, null);
  assert.deepEqual(received, content);
});
