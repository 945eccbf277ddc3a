import type { ByteChannel } from '#core/byte-channel.ts';

/** A data connection of the client's. */
export interface DataChannel extends ByteChannel {
  /** Answers the end of the peer's data with the end of this side, which some wait for before they go on. */
  answerEnd(): void;
  /** Gives the connection back after everything has passed; `destroy` breaks it off so that the peer notices. */
  close(): void;
}
