import type { Connection } from '#core/connection.ts';
import { WherryError } from '#core/errors.ts';
import { TftpFileSystem } from '#protocols/tftp/client/tftp-file-system.ts';
import { connectionOver } from './connection-over.ts';
import type { ConnectRequest } from './connector.ts';

/** Files that are moved side by side: each is a conversation of its own, and small servers have few of them. */
const parallelTransfers = 4;

/** TFTP has nothing to connect to: the first file shows whether somebody answers. */
export function connectTftp({ address, options, dialer }: ConnectRequest): Promise<Connection> {
  if (dialer !== null) {
    throw new WherryError(
      'not-supported',
      'Cannot use a proxy for TFTP: it speaks UDP, which the proxy does not carry',
    );
  }
  const host = address.host ?? '';
  const port = address.port ?? 69;
  const fileSystem = new TftpFileSystem({
    host,
    port,
    family: options.family,
    absoluteNames: address.isAbsolute,
  });
  const facts = { protocol: 'tftp', host, port, user: null, software: null, security: null };
  return Promise.resolve(connectionOver(fileSystem, { facts, parallelTransfers }));
}
