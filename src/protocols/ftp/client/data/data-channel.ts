import type { ByteChannel } from '#core/byte-channel.ts';

/** A data connection of the client's. */
export interface DataChannel extends ByteChannel {
  /** Gives the connection back after everything has passed; `destroy` breaks it off so that the peer notices. */
  close(): void;
}
