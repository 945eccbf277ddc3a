import type { Failure, Place, StreamEnd } from './common.ts';

/** `waiting` transfers wait for the answer to a question; `scanning` ones are directories being read. */
export type TransferState =
  'queued' | 'scanning' | 'active' | 'waiting' | 'paused' | 'done' | 'skipped' | 'failed';

/** FileZilla's five: lowest, low, normal, high, highest. */
export type TransferPriority = 1 | 2 | 3 | 4 | 5;

/**
 * FileZilla's seven answers when the target exists. `resume` goes on where the target ends, if that is how the source
 * begins; else it is overwritten. `rename` takes the next free name (`name (2)`).
 */
export const existingFileChoices = [
  'overwrite',
  'overwrite-if-newer',
  'overwrite-if-different-size',
  'overwrite-if-different-size-or-newer',
  'resume',
  'rename',
  'skip',
] as const;

/** One of {@link existingFileChoices}. */
export type ExistingFileChoice = (typeof existingFileChoices)[number];

/** One file (or a directory that is still to be read) on its way. */
export interface TransferRecord {
  readonly id: string;
  readonly type: 'file' | 'directory';
  readonly source: Place;
  readonly target: Place;
  /** Labels of the two connections, which may be gone by the time the record is shown. */
  readonly sourceLabel: string;
  readonly targetLabel: string;
  /** `upload` from the local disk, `download` to it, `between` two servers or within one. */
  readonly direction: 'upload' | 'download' | 'between';
  /** How the bytes go; null until it is known. `server` is a copy at the server's own end, `fxp` server to server. */
  readonly route: 'here' | 'server' | 'fxp' | null;
  readonly state: TransferState;
  readonly priority: TransferPriority;
  readonly totalBytes: number | null;
  readonly doneBytes: number;
  readonly bytesPerSecond: number;
  readonly attempts: number;
  readonly error: Failure | null;
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Whether what arrived was compared with what was sent by its digest (else by size alone); null until the end. */
  readonly verified: boolean | null;
  /** Whether the source is removed once the target is whole. */
  readonly move: boolean;
}

/** What changed of a running transfer: id, octets done, octets a second. */
export type TransferProgress = readonly [id: string, doneBytes: number, bytesPerSecond: number];

/** The whole queue in numbers. */
export interface QueueTotals {
  readonly queued: number;
  readonly active: number;
  readonly done: number;
  readonly failed: number;
  /** Octets of everything that is not done, failed or skipped; directories still unread count nothing. */
  readonly remainingBytes: number;
  /** Octets done since the queue was last empty, and all octets since then: the bar of the whole. */
  readonly sessionDoneBytes: number;
  readonly sessionTotalBytes: number;
  readonly bytesPerSecond: number;
}

/** An empty queue in numbers. */
export const noTotals: QueueTotals = {
  queued: 0,
  active: 0,
  done: 0,
  failed: 0,
  remainingBytes: 0,
  sessionDoneBytes: 0,
  sessionTotalBytes: 0,
  bytesPerSecond: 0,
};

/** What happens once when the queue has become empty. */
export type QueueFinishAction = 'nothing' | 'notify' | 'sound' | 'disconnect' | 'exit' | 'run-command';

/** Rules for all transfers; kept across restarts. */
export interface QueueSettings {
  /** New transfers wait until this is false again. */
  readonly paused: boolean;
  /** Transfers side by side, 1 to 10. */
  readonly parallel: number;
  /** Of these at most so many of one direction; 0 for no limit of its own. */
  readonly parallelDownloads: number;
  readonly parallelUploads: number;
  /** Octets a second, null for no limit. */
  readonly downloadLimit: number | null;
  readonly uploadLimit: number | null;
  readonly existingDownload: ExistingFileChoice | 'ask';
  readonly existingUpload: ExistingFileChoice | 'ask';
  readonly preserveTimes: boolean;
  /** Compares digests of what was sent and of what arrived. */
  readonly verify: boolean;
  readonly retries: number;
  readonly serverToServer: 'auto' | 'require' | 'off';
  readonly whenFinished: QueueFinishAction;
  /** For `run-command`. */
  readonly finishCommand: string | null;
}

export interface TransferRequest {
  readonly source: Place;
  /** The directory that takes it. */
  readonly targetDirectory: Place;
  /** The name there; the source's own by default. */
  readonly targetName?: string;
  readonly type: 'file' | 'directory';
  readonly size?: number;
}

export interface EnqueueRequest {
  readonly transfers: readonly TransferRequest[];
  /** Waits in the queue until somebody resumes it. */
  readonly paused?: boolean;
  readonly priority?: TransferPriority;
  readonly move?: boolean;
  readonly existing?: ExistingFileChoice;
}

/**
 * Actions on single transfers, on all of a state, or on everything. `first` and `last` move to the very front and end
 * of the queue, with the priority that goes with it.
 */
export interface QueueAction {
  readonly action: 'pause' | 'resume' | 'retry' | 'remove' | 'priority' | 'first' | 'last';
  readonly transfers: readonly string[] | { readonly states: readonly TransferState[] };
  /** For `priority`. */
  readonly priority?: TransferPriority;
}

export interface QueueRoutes {
  'POST /queue': { body: EnqueueRequest; reply: { readonly transfers: readonly string[] } };
  'POST /queue/actions': { body: QueueAction; reply: { readonly changed: number } };
  'GET /queue/settings': { reply: QueueSettings };
  'PUT /queue/settings': { body: QueueSettings; reply: QueueSettings };
}

export type QueueLine =
  { readonly transfers: readonly TransferRecord[] } | { readonly totals: QueueTotals } | StreamEnd;

export interface QueueStreams {
  /** All of the queue, in its order. What changes meanwhile comes as `queue` messages as well; the later one counts. */
  'GET /queue': { line: QueueLine };
}
