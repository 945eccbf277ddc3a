import { connect, createServer, type Socket } from 'node:net';

/** A control connection's other end, at the address of a server, that answers some commands itself. */
export interface RefusingProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/**
 * Passes the lines of control connections on to a server, but answers commands whose verb is in `refusals` with the
 * line given there. Only for clients that send one command at a time.
 */
export async function startRefusingProxy(
  server: { readonly host: string; readonly port: number },
  refusals: Readonly<Record<string, string>>,
): Promise<RefusingProxy> {
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const upstream = connect(server.port, server.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    let rest = '';
    client.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const verb = /[A-Z]{3,4}/.exec(line)?.[0] ?? '';
        const refusal = Object.hasOwn(refusals, verb) ? refusals[verb] : undefined;
        if (refusal === undefined) upstream.write(`${line}\n`, 'latin1');
        else client.write(`${refusal}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, server.host, resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  return {
    host: server.host,
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
      });
    },
  };
}
