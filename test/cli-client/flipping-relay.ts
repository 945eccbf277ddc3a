import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** A relay before an FTP server without TLS that damages data on its way. */
export interface FlippingRelay {
  readonly port: number;
  /** Data connections that carried at least one octet so far. */
  readonly transfers: number;
}

/**
 * Starts a relay to a port of loopback. The port of each 229 reply leads through it too; in the first `flips` data
 * connections one octet comes out with its lowest bit changed, in whichever direction it passes.
 *
 * @param flips how many data connections are damaged
 */
export async function startFlippingRelay(
  t: Pick<TestContext, 'after'>,
  targetPort: number,
  flips: number,
): Promise<FlippingRelay> {
  const open = new Set<{ destroy(): unknown } | Server>();
  let transfers = 0;
  const listen = async (onConnection: (near: Socket) => void): Promise<number> => {
    const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
    open.add(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const both = (near: Socket, port: number): Socket => {
    const far = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
    }
    return far;
  };
  const relayData = (near: Socket, port: number): void => {
    const far = both(near, port);
    let isFirst = true;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        if (isFirst) {
          isFirst = false;
          transfers += 1;
          const middle = chunk.length >> 1;
          if (transfers <= flips) chunk[middle] = (chunk[middle] ?? 0) ^ 1;
        }
        to.write(chunk);
      });
      from.on('end', () => to.end());
    }
  };
  const port = await listen((near) => {
    const far = both(near, targetPort);
    near.pipe(far);
    void (async () => {
      for await (const line of createInterface({ input: far })) {
        const announced = /^229 .*\(\|\|\|(\d+)\|\)/u.exec(line)?.[1];
        const through =
          announced === undefined ? 0 : await listen((data) => relayData(data, Number(announced)));
        near.write(`${through === 0 ? line : `229 Through here (|||${through}|)`}\r\n`);
      }
      near.end();
    })();
  });
  t.after(() => {
    for (const thing of open)
      if ('close' in thing) thing.close();
      else thing.destroy();
  });
  return {
    port,
    get transfers() {
      return transfers;
    },
  };
}
