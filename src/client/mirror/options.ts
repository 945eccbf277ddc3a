import type { Entry } from '#core/entry.ts';
import type { OperationOptions } from '#core/file-system.ts';
import type { ConnectOptions } from '../options.ts';
import type { RetryPolicy } from '../retry.ts';
import type { CopyFileOptions, FilePlace } from '../copy/options.ts';

/** One side of a mirror: a directory of any file system, a path of this machine, or an address. */
export type MirrorSide = FilePlace | string | URL;

/** What tells whether a file is the same at both sides. */
export type Comparison = 'time' | 'size' | 'checksum';

/** What happens with symbolic links. */
export type LinkPolicy =
  /** Made again at the target, unless they lead out of the tree (default where both sides know links). */
  | 'copy'
  /** What they lead to is copied in their place. */
  | 'follow'
  /** Left out. */
  | 'skip';

/** What is mirrored. Globs are matched against paths below the top; one without `/` against names at any depth. */
export interface MirrorFilter {
  /**
   * Only files that fit one of these are copied or removed; a glob that ends with `/` stands for all files below such
   * directories. Directories are searched, and made, in any case, and never removed.
   */
  readonly include?: readonly string[] | undefined;
  /** Neither copied nor removed; a directory is not entered. A glob that ends with `/` is for directories alone. */
  readonly exclude?: readonly string[] | undefined;
  readonly minimumBytes?: number | undefined;
  readonly maximumBytes?: number | undefined;
  /** Milliseconds since 1970 in UTC. */
  readonly modifiedAfter?: number | undefined;
  readonly modifiedBefore?: number | undefined;
}

/** How a mirror is planned. */
export interface MirrorOptions extends MirrorFilter, OperationOptions, RetryPolicy {
  /** Default: size and time. */
  readonly compare?: readonly Comparison[] | undefined;
  /** Times this near count as equal, beside what the coarser side's precision allows (default 0). */
  readonly timeToleranceMs?: number | undefined;
  /** Copy only what is newer at the source, or missing (default false). */
  readonly onlyNewer?: boolean | undefined;
  /** Remove from the target what the source does not have (default false). */
  readonly delete?: boolean | undefined;
  /** Remove from the source what has arrived (default false). */
  readonly move?: boolean | undefined;
  readonly links?: LinkPolicy | undefined;
  /** Give copies the times of their sources (default true). */
  readonly keepTimes?: boolean | undefined;
  /** Give copies the permission bits of their sources, where the target takes them (default true). */
  readonly keepMode?: boolean | undefined;
  /** Connections to each remote side that is given by its address (default 4). */
  readonly parallel?: number | undefined;
  /** How the sides that are given by their addresses are reached. */
  readonly connect?: ConnectOptions | undefined;
}

/** How a plan is carried out. */
export interface RunOptions
  extends
    OperationOptions,
    RetryPolicy,
    Pick<CopyFileOptions, 'verify' | 'segments' | 'limiter' | 'allowChanging' | 'serverToServer'> {
  /**
   * Files at a time between disks of this machine; else connections' worth of files, of which some follow each other
   * over one connection without a wait. By default as many as both sides can usefully take.
   */
  readonly parallel?: number | undefined;
  readonly onEvent?: ((event: MirrorEvent) => void) | undefined;
}

/** Why something is done. */
export type Reason =
  'missing' | 'size' | 'time' | 'checksum' | 'newer' | 'link' | 'extra' | 'type' | 'leftover' | 'moved';

/** What a copy needs to know of its source; all of it can be written as JSON. */
export type SourceFacts = Pick<Entry, 'size' | 'modifiedAt' | 'modifiedPrecision' | 'mode'>;

/** One step of a plan. Paths are relative to the tops, without a leading slash; the top itself is empty. */
export type MirrorAction =
  | {
      readonly kind: 'make-directory';
      readonly path: string;
      readonly reason: Reason;
      readonly mode: number | null;
    }
  | {
      readonly kind: 'copy-file';
      readonly path: string;
      readonly reason: Reason;
      readonly bytes: number | null;
      readonly source: SourceFacts;
      readonly replaces: boolean;
    }
  | {
      readonly kind: 'make-link';
      readonly path: string;
      readonly reason: Reason;
      readonly target: string;
      readonly replaces: boolean;
    }
  | {
      readonly kind: 'set-times';
      readonly path: string;
      readonly reason: Reason;
      readonly modifiedAt: number;
    }
  | {
      readonly kind: 'remove';
      readonly path: string;
      readonly reason: Reason;
      readonly type: Entry['type'];
      readonly bytes: number | null;
    }
  | { readonly kind: 'skip'; readonly path: string; readonly why: string };

/** What a plan comes to. */
export interface PlanTotals {
  readonly files: number;
  readonly bytes: number;
  readonly directories: number;
  readonly links: number;
  readonly removals: number;
  readonly skipped: number;
  /** Files that are the same at both sides. */
  readonly unchanged: number;
}

/** What happens while a plan is carried out. */
export type MirrorEvent =
  | {
      readonly event: 'progress';
      readonly path: string;
      readonly bytes: number;
      readonly total: number | null;
      readonly bytesPerSecond: number;
      readonly secondsLeft: number | null;
    }
  | {
      readonly event: 'done';
      readonly path: string;
      readonly kind: MirrorAction['kind'];
      readonly bytes: number;
    }
  | {
      readonly event: 'failed';
      readonly path: string;
      readonly kind: MirrorAction['kind'];
      readonly error: Error;
    }
  | { readonly event: 'skipped'; readonly path: string; readonly why: string };

/** What a carried out plan came to. */
export interface MirrorResult {
  readonly files: number;
  /** Octets that were moved. */
  readonly bytes: number;
  readonly directories: number;
  readonly links: number;
  readonly removals: number;
  readonly failed: readonly { readonly path: string; readonly error: Error }[];
  readonly durationMs: number;
}
