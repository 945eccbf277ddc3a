import type { LoadGenerator } from '../load.ts';
import { target } from '../load.ts';
import { wherryWithAccounts, wherryWithoutEvents } from '../peers/wherry-accounts.ts';
import type { RunningServer } from '../peers/peer.ts';
import { mainThreadSecondsOf } from '../processes.ts';
import { median } from '../statistics.ts';
import type { Measurement } from '../suite.ts';
import { takeUploads, type Workspace } from '../workspace.ts';

type Direction = 'download' | 'upload';

/**
 * Pairs of servers, and runs of each, one server after the other: two processes that are alike in everything differ by more
 * than what is looked for, and so do two runs of one.
 */
const serverPairs = 5;
const runsOfEach = 4;
/** Of the time of other measurements; there are many of them. */
const runShare = 0.3;

interface Figures {
  readonly rate: number;
  /** Of the thread that serves, for a file. */
  readonly microseconds: number;
}

async function moveSmallFiles(
  direction: Direction,
  server: RunningServer,
  { load, workspace, seconds }: { load: LoadGenerator; workspace: Workspace; seconds: number },
): Promise<Figures> {
  const { smallFiles: files, smallFileBytes: size } = workspace.sizes;
  const path = direction === 'download' ? '/small' : '/in/small-';
  const before = mainThreadSecondsOf(server.pid);
  const figures = await load.run(`small-${direction}`, {
    ...target(server, server.account),
    path,
    size,
    connections: 1,
    seconds,
    ...(direction === 'download' ? { files } : {}),
  });
  const busy = mainThreadSecondsOf(server.pid) - before;
  const { files: moved = 0, seconds: took = 0 } = figures;
  if (direction === 'upload' && (await takeUploads(workspace)).length !== moved) {
    throw new Error('not every file that was sent is there');
  }
  return { rate: moved / took, microseconds: (busy * 1e6) / moved };
}

/** What each of two servers comes to; the first run is for both to get warm. */
async function comparePair(
  direction: Direction,
  servers: Readonly<Record<'telling' | 'silent', RunningServer>>,
  context: Parameters<typeof moveSmallFiles>[2],
): Promise<Readonly<Record<'telling' | 'silent', Figures>>> {
  const figures: Record<'telling' | 'silent', Figures[]> = { telling: [], silent: [] };
  for (let run = 0; run <= runsOfEach; run += 1) {
    // Each goes first by turns.
    const order = run % 2 === 0 ? (['telling', 'silent'] as const) : (['silent', 'telling'] as const);
    for (const which of order) {
      const moved = await moveSmallFiles(direction, servers[which], context);
      if (run > 0) figures[which].push(moved);
    }
  }
  const middle = (all: readonly Figures[]): Figures => ({
    rate: median(all.map(({ rate }) => rate)),
    microseconds: median(all.map(({ microseconds }) => microseconds)),
  });
  return { telling: middle(figures.telling), silent: middle(figures.silent) };
}

/** Small files by one connection, from a server that tells what happens and from one that is alike and does not. */
export function smallFiles(direction: Direction): Measurement {
  return {
    id: `small-${direction}`,
    needs: ['plain', 'write'],
    async run({ load, workspace, effort }) {
      const context = { load, workspace, seconds: effort.seconds * runShare };
      const found: Awaited<ReturnType<typeof comparePair>>[] = [];
      for (let pair = 0; pair < serverPairs; pair += 1) {
        const telling = await wherryWithAccounts.start(workspace);
        const silent = await wherryWithoutEvents.start(workspace);
        try {
          found.push(await comparePair(direction, { telling, silent }, context));
        } finally {
          await Promise.all([telling.stop(), silent.stop()]);
        }
      }
      return {
        rate: median(found.map(({ telling }) => telling.rate)),
        share: median(found.map(({ telling, silent }) => telling.rate / silent.rate)),
        cost: median(found.map(({ telling, silent }) => telling.microseconds / silent.microseconds)),
      };
    },
  };
}
