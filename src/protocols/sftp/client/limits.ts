/** Everything a server can make grow, and how far this side goes by itself. Sizes in octets. */
export interface SftpClientLimits {
  /** Longest packet that is taken; servers are asked for none near it. */
  readonly packetLength: number;
  /** Longest READ and WRITE to a server that tells no limits: every server takes 32 KiB (section 3 of the draft). */
  readonly assumedTransferLength: number;
  /**
   * The same to a server that tells larger ones: whole pages that fit with their fields into one message of channel data
   * as we ask for them (128 KiB), so that nobody has to put a WRITE together. Longer ones gain nothing.
   */
  readonly transferLength: number;
  /** Octets of a file under way at first: enough for a near server. */
  readonly firstFlight: number;
  /** The same for each millisecond of a round trip, where that is more: half a gigabit per second. */
  readonly flightPerMs: number;
  /** Octets of a file under way at most: 4 Gbit/s over 130 ms. */
  readonly largestFlight: number;
  /** The same for all transfers of a connection together, beyond what each has at first. */
  readonly flightBudget: number;
  /** READDIR requests under way at first and at most. */
  readonly firstListings: number;
  readonly largestListings: number;
  /** Requests that wait for an answer: beyond them something is wrong at the other end. */
  readonly pendingRequests: number;
  /** Silence while answers are due, in milliseconds, after which the server is taken for stuck. */
  readonly replyTimeoutMs: number;
}

const mebibyte = 1024 * 1024;

/** The limits where the caller sets no others. */
export const defaultSftpClientLimits: SftpClientLimits = Object.freeze({
  packetLength: mebibyte,
  assumedTransferLength: 32_768,
  transferLength: 126_976,
  firstFlight: 2 * mebibyte,
  flightPerMs: 65_536,
  largestFlight: 64 * mebibyte,
  flightBudget: 128 * mebibyte,
  firstListings: 2,
  largestListings: 64,
  pendingRequests: 65_536,
  replyTimeoutMs: 300_000,
});
