import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A relay in front of a server, whose connections can be cut as by a broken network. */
export interface CutProxy {
  readonly origin: string;
  /** Octets that clients have sent so far. */
  readonly sentBytes: number;
  /** Settles when clients have sent this many octets. */
  sent(bytes: number): Promise<void>;
  /** Breaks every connection there is, and refuses new ones until {@link CutProxy.mend}. */
  cut(): void;
  mend(): void;
}

/** Starts a relay to a port of the loopback; it is ended with the test. */
export async function startCutProxy(t: Pick<TestContext, 'after'>, port: number): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  const waiting: { readonly bytes: number; readonly resolve: () => void }[] = [];
  let whole = true;
  let sentBytes = 0;
  const server = createServer((client) => {
    if (!whole) {
      client.resetAndDestroy();
      return;
    }
    const target = connect({ host: '127.0.0.1', port });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    client.on('data', (chunk: Buffer) => {
      sentBytes += chunk.length;
      for (const { bytes, resolve } of waiting) if (sentBytes >= bytes) resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const destroyAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  t.after(() => {
    destroyAll();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get sentBytes() {
      return sentBytes;
    },
    sent: (bytes) =>
      sentBytes >= bytes
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ bytes, resolve: () => resolve() })),
    cut() {
      whole = false;
      destroyAll();
    },
    mend() {
      whole = true;
    },
  };
}
