import type { Connection } from '#core/connection.ts';
import type { Dialer } from '#core/dialer.ts';
import type { Address, Scheme } from '../address.ts';
import type { ConnectOptions } from '../options.ts';

/** All that opening one connection takes. */
export interface ConnectRequest {
  readonly address: Address;
  readonly options: ConnectOptions;
  /** The proxy or tunnel to go through; null for this machine's own network. */
  readonly dialer: Dialer | null;
  /** Stops the connecting. */
  readonly signal: AbortSignal | undefined;
}

/** Opens one connection. */
export type Connector = (request: ConnectRequest) => Promise<Connection>;

/** One row for each scheme. A protocol is loaded when an address first asks for it: start-up must stay quick. */
export const connectors: Readonly<Record<Scheme, () => Promise<Connector>>> = {
  file: async () => (await import('./local.ts')).connectLocal,
  tftp: async () => (await import('./tftp.ts')).connectTftp,
  ftp: async () => (await import('./ftp.ts')).connectFtp,
  ftps: async () => (await import('./ftp.ts')).connectFtp,
  ftpes: async () => (await import('./ftp.ts')).connectFtp,
  'ftp+ssh': async () => (await import('./ftp-over-ssh.ts')).connectFtpOverSsh,
  sftp: async () => (await import('./sftp.ts')).connectSftp,
  scp: async () => (await import('./scp.ts')).connectScp,
};
