/** Everything a peer can make grow, with the reason for its cap. Times in milliseconds, sizes in octets. */
export interface SshLimits {
  /** Longest identification line with CR LF (RFC 4253 section 4.2). */
  readonly identificationLength: number;
  /** Octets of other lines that a server may send before its identification; a long legal notice fits. */
  readonly preambleLength: number;
  /** Longest packet before authentication: the 35000 octets that RFC 4253 section 6.1 demands, and some room. */
  readonly preAuthenticationPacketLength: number;
  /** Longest packet afterwards: what OpenSSH takes (PACKET_MAX_SIZE). */
  readonly packetLength: number;
  /** From connection to successful authentication; half of OpenSSH's LoginGraceTime, ample for a person. */
  readonly authenticationTimeoutMs: number;
  /** From a KEXINIT to the last NEWKEYS of one key exchange; slow links need seconds, never a minute. */
  readonly keyExchangeTimeoutMs: number;
  /** How long a closing connection may take to hand on what is written. */
  readonly lingerMs: number;
  /** How long a tunnel's client may keep its direction open when nobody listens at the other end any more. */
  readonly tunnelLingerMs: number;
  /** Failed authentications (OpenSSH MaxAuthTries). */
  readonly authenticationTries: number;
  /** Public keys that a client may offer without a signature: agents hold many keys, guessing needs many more. */
  readonly keyOffers: number;
  /** Authentication requests of all kinds in one connection, successful ones of a chain included. */
  readonly authenticationRequests: number;
  /** Rounds of questions in one keyboard-interactive authentication. */
  readonly interactiveRounds: number;
  /** Open channels: eight transfers at once with tunnelled data connections need some dozens. */
  readonly channels: number;
  /** What a new channel may receive before anybody reads from it. */
  readonly initialWindow: number;
  /** What a channel may receive ahead of its reader at first; a fast link of 20 ms round trip fills it. */
  readonly window: number;
  /** Octets for each millisecond of a round trip with which a window begins: half a gigabit per second. */
  readonly windowPerMs: number;
  /** What the window may grow to while the reader keeps up: 1 Gbit/s over 250 ms. */
  readonly maximumWindow: number;
  /** Sum of the windows beyond the first `window` of each channel, for a connection. */
  readonly windowBudget: number;
  /** Longest message with channel data that we ask for. */
  readonly channelPacket: number;
  /** Octets written to the socket and not yet taken by the kernel at which channel writers wait. */
  readonly outputHighWater: number;
  /** The same, at which nothing more is read from the peer: its requests cause the answers that wait. */
  readonly outputPause: number;
  /** Octets of answers held back during a key exchange. */
  readonly deferredOutput: number;
  /** Environment variables, signals and the like before a session's program starts. */
  readonly sessionRequests: number;
  /** Global requests of our own that wait for an answer. */
  readonly pendingGlobalRequests: number;
  /** Key exchanges that the peer starts with next to no data since the last one. */
  readonly idleRekeys: number;
  /** How much traffic makes a key exchange reasonable, for `idleRekeys`. */
  readonly idleRekeyBytes: number;
  /** Traffic in one direction after which keys are renewed (RFC 4253 section 9). */
  readonly rekeyBytes: number;
  /** Packets after which keys are renewed: half of the sequence numbers (RFC 4344 section 3.1). */
  readonly rekeyPackets: number;
  /** Time after which keys are renewed (RFC 4253 section 9). */
  readonly rekeyMs: number;
  /** Silence after which the peer is asked whether it lives; 0 never asks. */
  readonly keepAliveMs: number;
  /** Unanswered questions after which it is taken for dead. */
  readonly keepAliveTries: number;
}

const mebibyte = 1024 * 1024;

/** The limits where the caller sets no others. */
export const defaultSshLimits: SshLimits = Object.freeze({
  identificationLength: 255,
  preambleLength: 8192,
  preAuthenticationPacketLength: 40_960,
  packetLength: 262_144,
  authenticationTimeoutMs: 60_000,
  keyExchangeTimeoutMs: 30_000,
  lingerMs: 5_000,
  tunnelLingerMs: 10_000,
  authenticationTries: 6,
  keyOffers: 20,
  authenticationRequests: 64,
  interactiveRounds: 10,
  channels: 100,
  initialWindow: 65_536,
  window: 2 * mebibyte,
  windowPerMs: 65_536,
  maximumWindow: 32 * mebibyte,
  windowBudget: 64 * mebibyte,
  channelPacket: 131_072,
  outputHighWater: mebibyte,
  outputPause: 2 * mebibyte,
  deferredOutput: mebibyte,
  sessionRequests: 64,
  pendingGlobalRequests: 16,
  idleRekeys: 16,
  idleRekeyBytes: 65_536,
  rekeyBytes: 1024 * mebibyte,
  rekeyPackets: 2 ** 31,
  rekeyMs: 3_600_000,
  keepAliveMs: 60_000,
  keepAliveTries: 3,
});
