import type { CopyFileOptions } from '../copy/options.ts';

/** How urgent a transfer is. Of two that are equally urgent the one that was added first goes first. */
export const priorities = ['highest', 'high', 'normal', 'low', 'lowest'] as const;

/** One of {@link priorities}. */
export type Priority = (typeof priorities)[number];

/** Where a transfer stands. */
export type JobState = 'waiting' | 'running' | 'paused' | 'done' | 'failed';

/** What can be said of a transfer in a file that survives the program: no streams, no callbacks. */
export type JobOptions = Pick<
  CopyFileOptions,
  'verify' | 'segments' | 'overwrite' | 'resume' | 'keepTimes' | 'keepMode' | 'serverToServer'
> & {
  /** `directory` mirrors a whole directory, `file` (default) copies one file. */
  readonly kind?: 'file' | 'directory' | undefined;
  /** Remove the source file once the target is whole (default false). */
  readonly move?: boolean | undefined;
  /** What is to be done when the target exists, in the words of whoever queued it; kept for them and not read here. */
  readonly existing?: string | undefined;
  /** Not to be begun before somebody says so; kept for whoever queued it and not read here. */
  readonly held?: boolean | undefined;
  /** What larger undertaking it is a part of, by whoever queued it; kept for them and not read here. */
  readonly group?: string | undefined;
};

/** Which way a transfer goes: from the disk of this machine, to it, or neither. */
export type Direction = 'upload' | 'download' | 'between';

/** The direction of a transfer by the addresses of its ends; local ones begin with a slash. */
export function directionOf({ from, to }: Pick<NewJob, 'from' | 'to'>): Direction {
  const isLocal = (address: string): boolean => address.startsWith('/');
  if (isLocal(from) === isLocal(to)) return 'between';
  return isLocal(from) ? 'upload' : 'download';
}

/** How the octets went: through here, within the server, or from server to server. */
export type Route = 'here' | 'server' | 'fxp';

/** A transfer to put into the queue. Addresses hold no passwords: those come from sites, or are asked for. */
export interface NewJob {
  readonly from: string;
  readonly to: string;
  readonly priority?: Priority | undefined;
  readonly options?: JobOptions | undefined;
  /** Begin paused (default false). */
  readonly paused?: boolean | undefined;
  /** Octets, where a listing has told them. */
  readonly total?: number | undefined;
}

/** A transfer of the queue, as it stands on the disk. */
export interface Job {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly priority: Priority;
  readonly options: JobOptions;
  readonly state: JobState;
  /** Milliseconds since 1970 in UTC. */
  readonly addedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly bytes: number;
  readonly total: number | null;
  /** Why it failed, or what made it wait, for people. */
  readonly error: string | null;
  readonly errorCode: string | null;
  /** Tries that have failed so far. */
  readonly failures: number;
  /** How the octets went, and whether digests were compared and not sizes alone; null until it is done. */
  readonly route: Route | null;
  readonly verified: boolean | null;
  /** Not to be tried again before, milliseconds since 1970. */
  readonly notBefore: number | null;
}

/** What watchers of a queue hear. */
export type QueueEvent =
  | { readonly event: 'added' | 'changed'; readonly job: Job }
  | { readonly event: 'removed'; readonly id: number }
  | {
      readonly event: 'progress';
      readonly id: number;
      readonly bytes: number;
      readonly total: number | null;
      readonly bytesPerSecond: number;
      readonly secondsLeft: number | null;
      /** The file of a directory that is under way. */
      readonly path?: string;
    }
  /** Nothing is running and nothing can be started. */
  | { readonly event: 'idle' };
