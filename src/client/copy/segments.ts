import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';
import { hopelessErrors, publishPartial } from './copy-through-partial.ts';
import {
  describeSource,
  isRemote,
  moveOptions,
  quietly,
  requireUnchanged,
  type CopyJob,
  type Outcome,
} from './job.ts';
import { moveBytes, readBytes } from './move-bytes.ts';
import { partialPathOf, statePathOf } from './partial-name.ts';
import {
  arrivedBytes,
  loadSegments,
  planSegments,
  saveSegments,
  type Segment,
  type SegmentPlaces,
  type SegmentState,
} from './segment-state.ts';
import { askChecksum, checksumsOf, digestOf } from './verify.ts';

/** A segment below this is not worth a connection of its own. */
const leastSegmentBytes = 1024 * 1024;

/** How often what has arrived is written down; what was not is moved again after a break. */
const saveIntervalMs = 1000;
/** The same where writing it down costs round trips. */
const remoteSaveIntervalMs = 15_000;

/** Whether a file is to be moved in segments, or an earlier copy began so. */
export async function wantsSegments(job: CopyJob, source: ReadHandle, resume: boolean): Promise<boolean> {
  const entry = describeSource(job, source);
  if (entry.size === null) return false;
  if (segmentCount(job, entry.size) > 1) return true;
  return (
    resume && !isRemote(job.to.fileSystem) && (await loadSegments(job, placesOf(job, entry), entry)) !== null
  );
}

function segmentCount(job: CopyJob, size: number): number {
  return Math.min(job.options.segments ?? 1, Math.floor(size / leastSegmentBytes));
}

function placesOf(job: CopyJob, entry: Entry): SegmentPlaces {
  const data = partialPathOf(job.to.path, entry, 'segments');
  return { data, state: statePathOf(data) };
}

/**
 * Moves a file in several parts side by side, each over a connection of its own where the server grants one, all
 * written in place into one file. What has arrived is kept in a state file beside it, from which a later copy goes
 * on.
 */
export async function copyInSegments(job: CopyJob, source: ReadHandle, resume: boolean): Promise<Outcome> {
  const { to, meter } = job;
  const entry = describeSource(job, source);
  const size = entry.size ?? 0;
  const places = placesOf(job, entry);
  const kept = resume ? await loadSegments(job, places, entry) : null;
  const state = kept ?? planSegments(entry, Math.max(1, segmentCount(job, size)));
  meter.total = size;
  meter.startAt(arrivedBytes(state));
  await job.releaseSource();
  const running: Running = { job, state, places, shared: null, stopped: new AbortController() };
  try {
    await moveAll(running, kept === null);
  } catch (error) {
    await keepOrRemove(running, error);
    throw error;
  }
  await requireUnchanged(job, entry);
  const digest = await digestArrived(job, places);
  const arrived = { bytes: size, digest, timesKept: false, entry, partial: places.data };
  const outcome = await publishPartial(job, arrived);
  await quietly(() => to.fileSystem.removeFile(places.state));
  return outcome;
}

interface Running {
  readonly job: CopyJob;
  readonly state: SegmentState;
  readonly places: SegmentPlaces;
  /** One handle for all segments, where positions of one handle do not cost a connection each. */
  shared: WriteHandle | null;
  /** Stops the other segments when one fails for good. */
  readonly stopped: AbortController;
}

async function moveAll(running: Running, afresh: boolean): Promise<void> {
  const { job, state, places } = running;
  const { to, options } = job;
  const remote = isRemote(to.fileSystem);
  const target = await openTarget(running);
  if (afresh && target.initialSize > 0) await target.truncate(0);
  await saveSegments(job, places.state, state);
  if (!remote) running.shared = target;
  const timer = setInterval(
    () => void saveSegments(job, places.state, state),
    remote ? remoteSaveIntervalMs : saveIntervalMs,
  );
  const waiting = state.segments.filter(({ position, end }) => position < end);
  const workers = Math.min(options.segments ?? 1, waiting.length);
  try {
    const first = work(running, waiting, target);
    const others = Array.from({ length: Math.max(0, workers - 1) }, () => work(running, waiting, null));
    const ends = await Promise.allSettled([first, ...others]);
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw running.stopped.signal.reason ?? failed.reason;
    // Whoever was refused has given its segment back; the first takes what is left.
    if (waiting.length > 0) await work(running, waiting, running.shared ?? (await openTarget(running)));
    await running.shared?.finish();
  } catch (error) {
    await quietly(() => running.shared?.abort());
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function openTarget({ job, places, state }: Running): Promise<WriteHandle> {
  const { to, options } = job;
  const asked = { disposition: 'update', signal: options.signal, size: state.size } as const;
  return Promise.resolve(to.fileSystem.openWrite(places.data, asked));
}

/** What a server says that grants no further connection, or none that writes beyond the end. */
const refusals: ReadonlySet<string> = new Set([
  'busy',
  'too-many',
  'invalid-range',
  'not-supported',
  'permission',
  'login-refused',
]);

/** Moves one segment after the other; one that is refused before its first octet is left to the others. */
async function work(running: Running, waiting: Segment[], given: WriteHandle | null): Promise<void> {
  const { stopped } = running;
  let handle = given;
  for (;;) {
    const segment = waiting.shift();
    if (segment === undefined) break;
    const before = segment.position;
    try {
      handle ??= running.shared ?? (await openTarget(running));
      await moveSegment(running, segment, handle);
    } catch (error) {
      if (handle !== null && handle !== running.shared) await quietly(() => handle?.abort());
      const code = error instanceof WherryError ? error.code : 'io';
      if (given === null && segment.position === before && refusals.has(code)) {
        waiting.push(segment);
        waiting.sort((one, other) => one.start - other.start);
        return;
      }
      // What the others fail with from here on is that they were stopped.
      if (!stopped.signal.aborted) stopped.abort(error);
      throw error;
    }
    if (handle !== running.shared) {
      await handle.finish();
      handle = null;
    }
  }
  if (handle !== null && handle !== running.shared) await handle.finish();
}

async function moveSegment(running: Running, segment: Segment, target: WriteHandle): Promise<void> {
  const { job, stopped, state } = running;
  const { from, options } = job;
  const signals = [stopped.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const signal = AbortSignal.any(signals);
  const source = await from.fileSystem.openRead(from.path, { signal });
  try {
    const { size } = source.entry;
    if (size !== null && size !== state.size) {
      throw new WherryError('busy', 'The file changed while it was copied', {
        path: from.path,
        retryable: true,
      });
    }
    const range = { start: segment.position, length: segment.end - segment.position };
    const onMoved = (bytes: number): void => void (segment.position += bytes);
    await moveBytes(source, target, { ...moveOptions(job, range, { onMoved }), signal });
  } finally {
    await quietly(() => source.close());
  }
  if (segment.position < segment.end) {
    throw new WherryError('truncated', `The file ended after ${segment.position} of ${state.size} octets`, {
      path: from.path,
    });
  }
}

async function keepOrRemove({ job, state, places }: Running, error: unknown): Promise<void> {
  const { fileSystem } = job.to;
  const code = error instanceof WherryError ? error.code : 'io';
  if (code !== 'busy' && !hopelessErrors.has(code)) {
    await saveSegments(job, places.state, state);
    return;
  }
  await quietly(() => fileSystem.removeFile(places.data));
  await quietly(() => fileSystem.removeFile(places.state));
}

/** Segments do not pass in order: where a server can be asked, the near end is read once more for its digest. */
async function digestArrived(job: CopyJob, places: SegmentPlaces): Promise<Uint8Array | null> {
  const { from, to, algorithm, options } = job;
  const part = { fileSystem: to.fileSystem, path: places.data };
  const asked = [from, part].find(
    ({ fileSystem }) => algorithm !== null && checksumsOf(fileSystem).includes(algorithm),
  );
  if (algorithm === null || asked === undefined) return null;
  const near = [part, from].find(({ fileSystem }) => !isRemote(fileSystem));
  if (near === undefined) return askChecksum(from, algorithm, options.signal);
  const digest = digestOf(algorithm);
  const handle = await near.fileSystem.openRead(near.path, { signal: options.signal });
  try {
    const everything = { start: 0, length: Number.MAX_SAFE_INTEGER };
    await readBytes(handle, everything, (chunk) => digest?.update(chunk), options.signal);
  } finally {
    await handle.close();
  }
  return digest?.finish() ?? null;
}
