import type { TLSSocket } from 'node:tls';

/** Who takes what TLS has decrypted, where and when it does so. */
export interface DecryptedOctetsTaker {
  /** `octets` are the taker's during the call only. */
  onOctets(octets: Uint8Array): void;
  /** The peer has said close_notify, or its connection has ended where the layer below TLS tells of that. */
  onEnd(): void;
}

/** A record holds 16 KiB at most (RFC 8446 section 5.1), and TLS hands over one at a time, so one serves all. */
const record = Buffer.allocUnsafeSlow(16 * 1024);

/**
 * Leads the decrypted octets of a socket past its own queue. Call it before the handshake.
 *
 * The documented way for Node to read into one buffer instead of making one for each record is the option `onread`,
 * which it does not offer to a TLS socket on top of another. The fields behind it are there all the same; where some
 * later Node should lack them, octets come through the stream's `push`: right as well, but at a third of the speed,
 * for the garbage of 60,000 buffers a gigabyte keeps the collector busy.
 */
export function takeDecryptedOctets(socket: TLSSocket, taker: DecryptedOctetsTaker): void {
  socket.push = (chunk: Uint8Array | null): boolean => {
    if (chunk === null) taker.onEnd();
    else taker.onOctets(chunk);
    return true;
  };
  const fields = socket as unknown as Record<symbol, unknown>;
  const handle = (socket as unknown as { _handle?: { useUserBuffer?: (buffer: Uint8Array) => void } })
    ._handle;
  const symbols = Object.getOwnPropertySymbols(socket);
  const bufferField = symbols.find(({ description }) => description === 'kBuffer');
  const callbackField = symbols.find(({ description }) => description === 'kBufferCb');
  if (bufferField === undefined || callbackField === undefined || handle?.useUserBuffer === undefined) return;
  fields[bufferField] = record;
  fields[callbackField] = (length: number): boolean => {
    taker.onOctets(record.subarray(0, length));
    return true;
  };
  handle.useUserBuffer(record);
}
