import type { SshLimits } from '../limits.ts';
import type { SshChannel } from './channel.ts';
import type { WindowBudget } from './receive-window.ts';

/** What a channel needs of the connection that carries it. */
export interface ChannelLink {
  readonly limits: SshLimits;
  readonly budget: WindowBudget;
  /** Whether data may be written now. */
  readonly writable: boolean;
  /** Shortest round trip seen so far, in milliseconds; 0 while there is none. */
  readonly roundTripMs: number;
  send(payload: Buffer): void;
  sendData(head: Uint8Array, body: Uint8Array): void;
  /** Calls the channel's `pump` when the connection is writable again. */
  waitWritable(channel: SshChannel): void;
  /** The channel is closed on both sides. */
  forget(channel: SshChannel): void;
}

/** What the peer said of a channel when it was opened. */
export interface RemoteEnd {
  readonly id: number;
  readonly window: number;
  readonly maximumPacket: number;
}
