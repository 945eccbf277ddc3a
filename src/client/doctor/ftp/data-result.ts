import type { Reply } from '#protocols/ftp/wire/reply.ts';

/** How far a transfer came. */
export interface DataResult {
  /**
   * Where it ended: at the command for the way (`arrange`), at the data connection (`connect`), at the command that
   * moves data (`begin`), in the TLS handshake (`tls`), while data moved (`data`), at the last reply (`end`), or well.
   */
  readonly stage: 'arrange' | 'connect' | 'begin' | 'tls' | 'data' | 'end' | 'done';
  /** The reply that ended it, where one did. */
  readonly reply: Reply | null;
  /** The system's error, `timeout`, or the words of TLS, where no reply ended it. */
  readonly failure: string | null;
  /** The address and port that the server told (PASV) or was told (PORT); the address is null for EPSV. */
  readonly announced: { readonly address: string | null; readonly port: number } | null;
  /** Whether TLS of the data connection resumed the session; null without TLS. */
  readonly resumed: boolean | null;
  /** The beginning of what came. */
  readonly received: Buffer;
}
