import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { withRetries } from '../retry.ts';
import { copyThroughPartial } from './copy-through-partial.ts';
import { copyWhole } from './copy-whole.ts';
import {
  attributesToKeep,
  describeSource,
  quietly,
  setAttributesAt,
  type CopyJob,
  type Outcome,
} from './job.ts';
import type { CopyFileOptions, CopyResult, FilePlace } from './options.ts';
import { ProgressMeter } from './progress.ts';
import { copyInSegments, wantsSegments } from './segments.ts';
import { copyBetweenServers } from './server-to-server.ts';
import { chooseAlgorithm } from './verify.ts';

/** A file smaller than this is sooner copied again than gone on with. */
const partialThresholdBytes = 1024 * 1024;

/**
 * Copies a file between any two places: within one server by itself where it can, else with the octets passing
 * through here and nowhere else. What may work later is tried again and goes on where it broke off. The target
 * appears under its name whole and checked, or not at all.
 *
 * @throws WherryError what failed last: `integrity` when what arrived is not what was sent, `busy` when the source
 * kept changing, or whatever either end said
 */
export async function copyFile(
  from: FilePlace,
  to: FilePlace,
  options: CopyFileOptions = {},
): Promise<CopyResult> {
  const startedAtMs = performance.now();
  const meter = new ProgressMeter(options.onProgress);
  const job: CopyJob = {
    from,
    to,
    options,
    meter,
    algorithm: chooseAlgorithm(options.verify, from.fileSystem, to.fileSystem),
    moved: 0,
    releaseSource: () => Promise.resolve(),
  };
  const { resume = false } = options;
  let attempts = 0;
  let atServer = false;
  const outcome = await withRetries({ ...options, progress: () => meter.bytes }, async (attempt) => {
    attempts = attempt;
    const done =
      from.fileSystem === to.fileSystem
        ? await copyAtServer(job)
        : await copyBetweenServers(job, resume !== false || attempt > 1);
    atServer = done !== null;
    return done ?? copyOnce(job, attempt);
  });
  meter.finish();
  return {
    ...outcome,
    movedBytes: job.moved,
    durationMs: performance.now() - startedAtMs,
    attempts,
    atServer,
  };
}

/** Lets the server copy within itself; null where it cannot. */
async function copyAtServer(job: CopyJob): Promise<Outcome | null> {
  const { from, to, options } = job;
  const { fileSystem } = from;
  if (fileSystem.copyFile === undefined || !fileSystem.capabilities.copy || options.overwrite === false)
    return null;
  try {
    await fileSystem.copyFile(from.path, to.path, { signal: options.signal });
  } catch (error) {
    if (error instanceof WherryError && error.code === 'not-supported') return null;
    throw error;
  }
  const entry = options.entry ?? (await fileSystem.stat(from.path, { signal: options.signal }));
  const attributes = attributesToKeep(job, entry);
  const timesKept =
    attributes !== null &&
    fileSystem.capabilities.setTimes &&
    (await setAttributesAt(to, attributes, options.signal));
  return { bytes: entry.size ?? 0, timesKept, verification: { by: 'size' } };
}

async function copyOnce(job: CopyJob, attempt: number): Promise<Outcome> {
  const { from, to, options } = job;
  const resume = (options.resume ?? false) !== false || attempt > 1;
  const source = await from.fileSystem.openRead(from.path, {
    signal: options.signal,
    entry: options.entry,
  });
  let open = true;
  job.releaseSource = async () => {
    if (!open) return;
    open = false;
    await source.close();
  };
  try {
    const { size } = describeSource(job, source);
    const canGoOn =
      size !== null &&
      size >= partialThresholdBytes &&
      startsAnywhere(from.fileSystem) &&
      startsAnywhere(to.fileSystem);
    // What an earlier try has found there may be why it failed.
    if (!canGoOn) return await copyWhole(job, source, options.absent === true && attempt === 1);
    if (options.overwrite === false) await demandFree(job);
    if (await wantsSegments(job, source, resume)) return await copyInSegments(job, source, resume);
    return await copyThroughPartial(job, source, resume);
  } finally {
    await quietly(job.releaseSource);
  }
}

/** A target that must not be replaced is found before the octets travel, and not when they have. */
async function demandFree({ to, options }: CopyJob): Promise<void> {
  try {
    await to.fileSystem.stat(to.path, { signal: options.signal, followSymlink: false });
  } catch (error) {
    // Whatever else keeps it from being looked at, the write will say.
    if (error instanceof WherryError && error.code !== 'aborted') return;
    throw error;
  }
  throw new WherryError('exists', 'Cannot write the file: it exists already', { path: to.path });
}

function startsAnywhere({ capabilities }: FileSystem): boolean {
  return capabilities.randomAccess || capabilities.startAnywhere === true;
}
