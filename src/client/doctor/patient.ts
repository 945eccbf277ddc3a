import type { Duplex } from 'node:stream';
import type { Dialer } from '#core/dialer.ts';
import type { Address } from '../address.ts';
import type { ConnectOptions } from '../options.ts';

/** Every wait of an examination, in milliseconds. Together they stay below the twenty seconds that people wait. */
export interface DoctorTimes {
  /** For a TCP connection: one lost SYN is repeated within it. */
  readonly connectMs: number;
  /** For a greeting, a reply, a handshake. */
  readonly replyMs: number;
  /** For a data connection: what is not dropped answers in a round trip. */
  readonly dataConnectMs: number;
  readonly checkMs: number;
  readonly allMs: number;
}

const longest: DoctorTimes = Object.freeze({
  connectMs: 4000,
  replyMs: 5000,
  dataConnectMs: 3000,
  checkMs: 8000,
  allMs: 18_000,
});

/** The waits for a caller who has named one himself, or null. */
export function timesFor(timeoutMs: number | undefined): DoctorTimes {
  if (timeoutMs === undefined) return longest;
  return {
    ...longest,
    connectMs: Math.min(timeoutMs, longest.connectMs),
    replyMs: Math.min(timeoutMs, longest.replyMs),
    dataConnectMs: Math.min(timeoutMs, longest.dataConnectMs),
  };
}

/** What is examined, and what checks leave for those behind them. */
export interface Patient {
  readonly address: Address;
  readonly host: string;
  readonly port: number;
  readonly options: ConnectOptions;
  readonly times: DoctorTimes;
  /** Whether a small file may be written and removed again. */
  readonly mayWrite: boolean;
  /** Goes there in another way than this machine's network: a proxy, or an SSH connection. */
  dialer: Dialer | null;
  /** Numeric addresses of the host, found by name resolution. */
  addresses: readonly string[];
  /** The connection that the check of the port has opened, until somebody takes it. */
  socket: Duplex | null;
  /** The address reached and this machine's own on the way there; null behind a dialer. */
  remoteAddress: string | null;
  localAddress: string | null;
  /** Run at the end, last one first; errors of them are of no interest. */
  readonly closers: (() => Promise<void> | void)[];
}

/** The opened connection; whoever takes it owns it. */
export function takeSocket(patient: Patient): Duplex {
  const { socket } = patient;
  if (socket === null) throw new Error('No connection was opened');
  patient.socket = null;
  return socket;
}
