import type { Comparison, MirrorOptions, RunOptions } from '#client/index.ts';
import type { FlagRow, GivenFlags } from './flags/flag-row.ts';
import type { ValueReader } from './flags/values.ts';
import { mostSegments, verifyChoice, verifyFlags } from './transfer/transfer-flags.ts';

/** More files than this at a time gain nothing anywhere, and servers throw such clients out. */
const mostParallel = 256;

/** Which files a mirror or a sync is about. */
export const filterFlags: readonly FlagRow[] = [
  {
    name: 'include',
    value: 'GLOB',
    multiple: true,
    help: 'only files that fit; with / at its end all in such directories',
  },
  {
    name: 'exclude',
    value: 'GLOB',
    multiple: true,
    help: 'leave alone what fits; with / at its end directories only',
  },
  { name: 'min-size', value: 'BYTES', help: 'only files of this size or more' },
  { name: 'max-size', value: 'BYTES', help: 'only files of this size or less' },
  { name: 'newer-than', value: 'TIME', help: 'only files changed since: 2026-11-01, or an age as in 2d' },
  { name: 'older-than', value: 'TIME', help: 'only files changed before: 2026-11-01, or an age as in 2d' },
];

/** How files are compared and moved, for mirrors and syncs. */
export const movingFlags: readonly FlagRow[] = [
  { name: 'dry-run', help: 'show what would be done, and do nothing' },
  {
    name: 'compare',
    value: 'WORDS',
    help: 'what tells files apart: time, size, checksum, with commas (time,size)',
  },
  {
    name: 'parallel',
    value: 'N',
    help: 'connections to each server, each with what it carries at once; files at a time between disks (4)',
  },
  { name: 'segments', short: 'n', value: 'N', help: 'move large files in N parts at once' },
  ...verifyFlags,
];

/** Flags of `mirror`. */
export const mirrorFlags: readonly FlagRow[] = [
  { name: 'delete', help: 'remove from TO what FROM does not have' },
  { name: 'only-newer', help: 'copy only what is newer at FROM, or missing at TO' },
  { name: 'move', help: 'remove from FROM what has arrived' },
  {
    name: 'links',
    value: 'copy|follow|skip',
    help: 'symbolic links: make them again, copy what they lead to, leave out (copy)',
  },
  { name: 'watch', help: 'go on and mirror again whenever something changes' },
  ...movingFlags,
  ...filterFlags,
];

/** What the filter flags say. */
export function filterChoices(given: GivenFlags, read: ValueReader): Partial<MirrorOptions> {
  return {
    include: given.texts('include'),
    exclude: given.texts('exclude'),
    minimumBytes: read.bytes('min-size', given.text('min-size')),
    maximumBytes: read.bytes('max-size', given.text('max-size')),
    modifiedAfter: read.moment('newer-than', given.text('newer-than')),
    modifiedBefore: read.moment('older-than', given.text('older-than')),
  };
}

/** What the flags of moving say. */
export function movingChoices(given: GivenFlags, read: ValueReader, problems: string[]): MovingChoices {
  return {
    dryRun: given.has('dry-run'),
    parallel: read.integer('parallel', given.text('parallel'), [1, mostParallel]),
    compare: comparisonsOf(given, read),
    run: {
      segments: read.integer('segments', given.text('segments'), [1, mostSegments]),
      verify: verifyChoice(given, read, problems),
    },
  };
}

/** How files are compared and moved. */
export interface MovingChoices {
  readonly dryRun: boolean;
  readonly parallel: number | undefined;
  readonly compare: readonly Comparison[] | undefined;
  readonly run: RunOptions;
}

function comparisonsOf(given: GivenFlags, read: ValueReader): readonly Comparison[] | undefined {
  const words = given.text('compare')?.split(',');
  return words
    ?.map((word) => read.word('compare', word.trim(), ['time', 'size', 'checksum']))
    .filter((word) => word !== undefined);
}
