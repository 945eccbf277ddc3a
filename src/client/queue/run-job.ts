import type { RateLimiter } from '#core/rate-limit.ts';
import { copyFile } from '../copy/copy-file.ts';
import type { TransferProgress } from '../copy/progress.ts';
import { ProgressMeter } from '../copy/progress.ts';
import { planMirror } from '../mirror/mirror.ts';
import type { FilePlace } from '../copy/options.ts';
import type { Job, Route } from './job.ts';
import type { SharedConnections } from './shared-connections.ts';

/** What a transfer of the queue needs of it. */
export interface JobContext {
  readonly connections: SharedConnections;
  readonly limiter: RateLimiter;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TransferProgress & { readonly path?: string }) => void;
}

/** What a transfer came to. */
export interface JobOutcome {
  readonly bytes: number;
  /** Null for a directory, whose files may each go another way. */
  readonly route: Route | null;
  readonly verified: boolean | null;
}

/** Does one transfer, going on with what an earlier try has left. */
export async function runJob(job: Job, context: JobContext): Promise<JobOutcome> {
  const { connections } = context;
  return connections.use(job.from, (from) =>
    connections.use(job.to, (to) =>
      job.options.kind === 'directory'
        ? runDirectory(job, { from, to }, context)
        : runFile(job, { from, to }, context),
    ),
  );
}

interface Places {
  readonly from: FilePlace;
  readonly to: FilePlace;
}

async function runFile(job: Job, { from, to }: Places, context: JobContext): Promise<JobOutcome> {
  const { verify, segments, overwrite, keepTimes, keepMode, serverToServer, resume = true } = job.options;
  const options = { verify, segments, overwrite, keepTimes, keepMode, serverToServer, resume };
  const { signal, limiter, onProgress } = context;
  // The queue itself tries again, later and with others having their turn meanwhile.
  const done = await copyFile(from, to, {
    ...options,
    retries: 0,
    signal,
    limiter,
    onProgress,
  });
  if (job.options.move === true) await from.fileSystem.removeFile(from.path, { signal });
  const atServer: Route = from.fileSystem === to.fileSystem ? 'server' : 'fxp';
  return {
    bytes: done.bytes,
    route: done.atServer ? atServer : 'here',
    verified: done.verification.by === 'checksum',
  };
}

/** A directory is mirrored, so that whatever has arrived is not moved again by the next try. */
async function runDirectory(job: Job, { from, to }: Places, context: JobContext): Promise<JobOutcome> {
  const { verify, segments, serverToServer, keepTimes, keepMode } = job.options;
  const { signal, limiter } = context;
  await using plan = await planMirror(from, to, { signal, keepTimes, keepMode, retries: 1 });
  const meter = new ProgressMeter((progress) => context.onProgress({ ...progress, path: current }));
  meter.total = plan.totals.bytes;
  let current = '';
  const moved = new Map<string, number>();
  const result = await plan.run({
    verify,
    segments,
    serverToServer,
    limiter,
    signal,
    onEvent: (event) => {
      if (event.event !== 'progress') return;
      current = event.path;
      meter.add(event.bytes - (moved.get(event.path) ?? 0));
      moved.set(event.path, event.bytes);
    },
  });
  const [failed] = result.failed;
  if (failed !== undefined) throw failed.error;
  return { bytes: plan.totals.bytes, route: null, verified: null };
}
