import type { Entry } from '#core/entry.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { FtpConnection } from '../ftp-connection.ts';

/** A file at a server. */
export interface FxpPlace {
  readonly connection: FtpConnection;
  readonly path: VirtualPath;
}

/** How a file passes from server to server. */
export interface FxpOptions {
  /** First octet to move, 0 by default; the same position in source and target, which must reach that far. */
  readonly start?: number | undefined;
  /** What is known of the source file; asked for when absent. */
  readonly entry?: Entry | undefined;
  /**
   * Called as octets arrive, with the number since the last call, where a server tells while it transfers; else once
   * at the end.
   */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** How often a server is asked for that, in milliseconds; 1000 by default. */
  readonly progressIntervalMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which of the two servers; a file goes from the source to the target. */
export type Role = 'source' | 'target';

/** How two servers came together. */
export interface FxpWay {
  /** The one that listens; the other one calls. */
  readonly passive: Role;
  /** Who says the ClientHello between them, and by which command he was told to; null in the clear. */
  readonly tls: { readonly verb: 'CPSV' | 'SSCN'; readonly client: Role } | null;
}

/** What has been moved. */
export interface FxpOutcome {
  /** Octets of the whole file, null when neither server tells. */
  readonly size: number | null;
  /** Null when there was nothing to move. */
  readonly way: FxpWay | null;
}

/** The other one. */
export function otherRole(role: Role): Role {
  return role === 'source' ? 'target' : 'source';
}

/** A way in words, for the conversation: `the target listens, TLS by SSCN on the source`. */
export function describeWay({ passive, tls }: FxpWay): string {
  const security =
    tls === null ? 'in the clear' : `TLS by ${tls.verb}${tls.verb === 'SSCN' ? ` on the ${tls.client}` : ''}`;
  return `the ${passive} listens, ${security}`;
}
