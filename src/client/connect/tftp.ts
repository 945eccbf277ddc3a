import type { Connection } from '#core/connection.ts';
import { WherryError } from '#core/errors.ts';
import { TftpFileSystem } from '#protocols/tftp/client/tftp-file-system.ts';
import { connectionOver } from './connection-over.ts';
import type { RetransmissionTimes } from '#protocols/tftp/wire/retransmission.ts';
import { defaultTimeoutMs } from '../options.ts';
import type { ConnectRequest } from './connector.ts';

/** Files that are moved side by side: each is a conversation of its own, and small servers have few of them. */
const parallelTransfers = 4;

/** Tries as many as there is patience for; the first is repeated after a second, or sooner where there is little. */
function timesWithin(patienceMs: number): Partial<RetransmissionTimes> {
  return { patienceMs, retries: 1000, initialMs: Math.max(1, Math.min(1000, patienceMs / 4)) };
}

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
    mode: options.tftp?.mode,
    blockSize: options.tftp?.blockSize,
    windowSize: options.tftp?.windowSize,
    times: timesWithin(options.timeoutMs ?? defaultTimeoutMs),
    onConversation: options.onConversation,
  });
  const facts = { protocol: 'tftp', host, port, user: null, software: null, security: null };
  return Promise.resolve(connectionOver(fileSystem, { facts, parallelTransfers }));
}
