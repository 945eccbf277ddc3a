import { existsSync } from 'node:fs';
import { isRemoteAddress } from '#client/address.ts';
import type { MirrorOptions, MirrorSide } from '#client/index.ts';
import { planMirror } from '#client/mirror/mirror.ts';
import { watchMirror } from '#client/mirror/watch.ts';
import { rootPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { ExitCode } from '../exit-codes.ts';
import { clientCommand, type ClientWork } from './client-command.ts';
import { exitCodeOfAll } from './exit-code-of.ts';
import { filterChoices, mirrorFlags, movingChoices, type MovingChoices } from './mirror-flags.ts';
import { shownAddress } from './output/shown-address.ts';
import { sideOf } from './side-of.ts';
import { BoardListener } from './transfer/board-listener.ts';
import { boardFor } from './transfer/board-for.ts';
import { printPlan } from './transfer/print-plan.ts';

/** Makes one directory as another. */
export const command = clientCommand({
  name: 'mirror',
  usage: 'FROM TO',
  about:
    'Makes the contents of the directory TO those of the directory FROM; either is an address or a path of this\n' +
    'machine, and a slash at the end changes nothing. What is the same already is left; a mirror that was stopped\n' +
    'goes on where it was. What TO has beside is left as well, unless --delete says otherwise.',
  words: [2, 2],
  flags: mirrorFlags,
  examples: [
    ['wherry mirror ./public ftps://me@example.org/htdocs', 'bring a web site up'],
    ['wherry mirror --dry-run --delete ./public @shop/htdocs', 'see first what it would do'],
    [
      'wherry mirror --exclude .git/ --newer-than 7d sftp://me@example.org/logs ./logs',
      'fetch what is recent',
    ],
    ['wherry mirror --watch ./src sftp://me@dev.example.org/src', 'send every change as it is made'],
  ],
  choose: (given, read, problems) => ({
    watch: given.has('watch'),
    moving: movingChoices(given, read, problems),
    plan: {
      delete: given.has('delete'),
      onlyNewer: given.has('only-newer'),
      move: given.has('move'),
      links: read.word('links', given.text('links'), ['copy', 'follow', 'skip']),
      ...filterChoices(given, read),
    } satisfies MirrorOptions,
  }),
  async run(work, words, { watch, moving, plan }) {
    const [from = '.', to = '.'] = words;
    const sides = {
      from: await sideOf(work, from, moving.parallel),
      to: await targetOf(work, to, moving),
    };
    const options = { ...plan, compare: moving.compare, parallel: moving.parallel, signal: work.signal };
    const mirroring = { sides, options, moving, names: [from, to] as const };
    return watch && !moving.dryRun ? mirrorOnChange(work, mirroring) : mirrorOnce(work, mirroring);
  },
});

/** A plan for a directory that is not there is made against an empty one, so that looking changes nothing. */
async function targetOf(
  work: ClientWork,
  to: string,
  { dryRun, parallel }: MovingChoices,
): Promise<MirrorSide> {
  const isMissing = dryRun && !isRemoteAddress(to) && !existsSync(to);
  return isMissing ? { fileSystem: new MemoryFileSystem(), path: rootPath } : sideOf(work, to, parallel);
}

interface Mirroring {
  readonly sides: { readonly from: MirrorSide; readonly to: MirrorSide };
  readonly options: MirrorOptions;
  readonly moving: MovingChoices;
  readonly names: readonly [from: string, to: string];
}

async function mirrorOnce(
  { report, signal }: ClientWork,
  { sides, options, moving, names }: Mirroring,
): Promise<number> {
  await using plan = await planMirror(sides.from, sides.to, options);
  if (moving.dryRun) {
    printPlan(report, plan, names.map(shownAddress));
    return ExitCode.done;
  }
  const board = await boardFor(report);
  try {
    const listener = new BoardListener(
      board,
      plan.actions.filter((action) => action.kind === 'copy-file'),
    );
    const result = await plan.run({
      ...moving.run,
      parallel: moving.parallel,
      signal,
      onEvent: (event) => listener.hear(event),
    });
    const done = result.files + result.directories + result.links + result.removals;
    const failures = result.failed.map(({ error }) => error);
    return signal.aborted ? ExitCode.interrupted : exitCodeOfAll(failures, done + plan.totals.unchanged);
  } finally {
    board.end();
  }
}

/** Goes on until it is stopped; a round that fails is told of, and the next change brings another one. */
async function mirrorOnChange(
  { report, signal }: ClientWork,
  { sides, options, moving }: Mirroring,
): Promise<number> {
  let board = await boardFor(report);
  let listener = new BoardListener(board, []);
  const rounds = watchMirror(sides.from, sides.to, {
    ...options,
    ...moving.run,
    onEvent: (event) => listener.hear(event),
  });
  for await (const { error } of rounds) {
    if (error !== null) report.failure(error);
    board.end();
    report.note('waiting for changes; stop with Ctrl+C');
    board = await boardFor(report);
    listener = new BoardListener(board, []);
  }
  board.end();
  return signal.aborted ? ExitCode.interrupted : ExitCode.done;
}
