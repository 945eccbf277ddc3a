import type { MirrorFilter, MirrorOptions, MirrorResult, SourceFacts } from '../mirror/options.ts';

/** How two directories are kept the same. */
export interface SyncOptions
  extends
    MirrorFilter,
    Pick<MirrorOptions, 'keepTimes' | 'keepMode' | 'parallel' | 'connect' | 'signal' | 'retries'> {
  /**
   * Where is kept what both sides were after the last time, which tells a new file from one that was removed; by
   * default in the user's state directory, by the names of both sides. `null` keeps nothing: then nothing is ever
   * removed.
   */
  readonly baseFile?: string | null | undefined;
}

/** What both sides did to one name since the last time, where one of them would undo the other. */
export type Conflict =
  | 'both-changed'
  | 'changed-and-removed'
  | 'different-types'
  /** Nothing is known of the last time, and the sides differ. */
  | 'unknown-past';

/** One step of a synchronisation. */
export type SyncAction =
  | {
      readonly kind: 'copy';
      readonly path: string;
      /** Where the file comes from. */
      readonly from: Side;
      readonly reason: 'new' | 'changed';
      readonly bytes: number | null;
      readonly source: SourceFacts;
    }
  | { readonly kind: 'make-directory'; readonly path: string; readonly at: Side }
  | {
      readonly kind: 'remove';
      readonly path: string;
      readonly at: Side;
      readonly type: 'file' | 'directory';
      readonly bytes: number | null;
    }
  | {
      readonly kind: 'conflict';
      readonly path: string;
      readonly conflict: Conflict;
      readonly a: SourceFacts | null;
      readonly b: SourceFacts | null;
    }
  | { readonly kind: 'skip'; readonly path: string; readonly why: string };

/** One of the two sides, as they were given. */
export type Side = 'a' | 'b';

/** What a synchronisation comes to. */
export interface SyncTotals {
  readonly copies: number;
  readonly bytes: number;
  readonly directories: number;
  readonly removals: number;
  readonly conflicts: number;
  readonly unchanged: number;
}

/** What a synchronisation came to. */
export interface SyncResult extends Omit<MirrorResult, 'links'> {
  /** Names that were left as they are because both sides changed them. */
  readonly conflicts: readonly string[];
}
