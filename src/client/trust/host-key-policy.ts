import type { Awaitable } from '#core/awaitable.ts';

/** A host key that a server has proved to hold, and what is known of it. */
export interface HostKeyOffer {
  readonly host: string;
  readonly port: number;
  /** As in `known_hosts`: `ssh-ed25519`. */
  readonly keyType: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly verdict: 'unknown' | 'changed';
  /** The key that was known before, for `changed`. */
  readonly previousFingerprint?: string | undefined;
}

/** Judges an unknown or changed key; false refuses it, `once` trusts it without making it known. */
export type HostKeyJudge = (offer: HostKeyOffer, signal: AbortSignal) => Awaitable<boolean | 'once'>;

/** What happens with keys of hosts. */
export interface HostKeyPolicy {
  /**
   * - `strict` (default): only known keys.
   * - `accept-new`: an unknown key becomes known; a changed one is refused.
   * - `ask`: `judge` decides about an unknown key, which then becomes known; a changed one is refused.
   * - `off`: any key, and none becomes known.
   */
  readonly mode?: 'strict' | 'accept-new' | 'ask' | 'off' | undefined;
  readonly judge?: HostKeyJudge | undefined;
  /** With `ask`: `judge` decides about a changed key too (default false), for one connection and never for good. */
  readonly askAboutChanged?: boolean | undefined;
  /** Files of known hosts; the first is written to. Default `~/.ssh/known_hosts` and the system's. */
  readonly knownHostsFiles?: readonly string[] | undefined;
  /** `SHA256:…` fingerprints of the only keys to trust; files are not read then. */
  readonly pins?: readonly string[] | undefined;
}
