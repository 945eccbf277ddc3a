import {
  isRemoteAddress,
  planMirror,
  type RemoteConnection,
  type MirrorEvent,
  type MirrorOptions,
  type MirrorPlan,
  type MirrorSide,
} from '#client/index.ts';
import { ExitCode } from '../exit-codes.ts';
import { clientCommand, type ClientWork } from './client-command.ts';
import { exitCodeOfAll } from './exit-code-of.ts';
import { filterChoices, mirrorFlags, movingChoices, type MovingChoices } from './mirror-flags.ts';
import { shownAddress } from './output/shown-address.ts';
import { boardFor, type TransferBoard, type TransferLine } from './transfer/board.ts';
import { printPlan } from './transfer/print-plan.ts';
import { changesOf } from './watch-side.ts';

/** Connections to each remote side where the command line names no number. */
const usualParallel = 4;

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
    const sides = { from: await sideOf(work, from, moving), to: await sideOf(work, to, moving) };
    const options = { ...plan, compare: moving.compare, parallel: moving.parallel, signal: work.signal };
    for (;;) {
      const changes = watch ? changesOf(sides.from, work.signal) : null;
      const code = await mirrorOnce(work, { sides, options, moving, names: [from, to] });
      if (changes === null || moving.dryRun) return code;
      work.report.note('waiting for changes; stop with Ctrl+C');
      await changes.next();
      if (work.signal.aborted) return ExitCode.interrupted;
    }
  },
});

async function sideOf(work: ClientWork, address: string, { parallel }: MovingChoices): Promise<MirrorSide> {
  if (!isRemoteAddress(address)) return address;
  const place: RemoteConnection = await work.open(address, { connections: parallel ?? usualParallel });
  return place.place('.');
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
  const board = boardFor(report);
  try {
    const listener = new BoardListener(board, plan);
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

/** Shows the events of a mirror on a board. */
class BoardListener {
  readonly #board: TransferBoard;
  readonly #lines = new Map<string, { readonly line: TransferLine; readonly startedAtMs: number }>();
  readonly #totals: ReadonlyMap<string, number | null>;

  constructor(board: TransferBoard, plan: MirrorPlan) {
    this.#board = board;
    this.#totals = new Map(
      plan.actions.flatMap((action) => (action.kind === 'copy-file' ? [[action.path, action.bytes]] : [])),
    );
  }

  hear(event: MirrorEvent): void {
    const { line, startedAtMs } = this.#lineOf(event.path);
    switch (event.event) {
      case 'progress':
        line.progress(event);
        return;
      case 'done': {
        const { bytes, kind } = event;
        const durationMs = performance.now() - startedAtMs;
        line.done({ bytes, movedBytes: bytes, durationMs, isFile: kind === 'copy-file', details: { kind } });
        break;
      }
      case 'failed':
        line.failed(event.error);
        break;
      case 'skipped':
        line.skipped(event.why);
        break;
    }
    this.#lines.delete(event.path);
  }

  #lineOf(path: string): { readonly line: TransferLine; readonly startedAtMs: number } {
    const known = this.#lines.get(path);
    if (known !== undefined) return known;
    const fresh = {
      line: this.#board.start(path, this.#totals.get(path) ?? null),
      startedAtMs: performance.now(),
    };
    this.#lines.set(path, fresh);
    return fresh;
  }
}
