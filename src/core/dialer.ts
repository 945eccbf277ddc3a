import type { Duplex } from 'node:stream';

/** Whom to call. A name is resolved by whoever dials, so that a proxy sees names and not this machine's answers. */
export interface DialTarget {
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * Opens TCP connections in another way than straight from this machine: through a proxy, or through an SSH
 * connection. The stream has `allowHalfOpen`. Fails with a WherryError: `connection-refused`, `timeout`, `aborted`,
 * `login-refused` (the proxy wants to know who calls).
 */
export interface Dialer {
  dial(target: DialTarget, options: { readonly signal: AbortSignal }): Promise<Duplex>;
}
