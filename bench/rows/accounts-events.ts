import type { LoadGenerator } from '../load.ts';
import { target } from '../load.ts';
import { startTellingServer, type TellingServer } from '../peers/wherry-accounts.ts';
import { mainThreadSecondsOf } from '../processes.ts';
import { median } from '../statistics.ts';
import type { Measurement } from '../suite.ts';
import { takeUploads, type Workspace } from '../workspace.ts';

type Direction = 'download' | 'upload';

/** Processes, and rounds of each: what is compared are runs of one process, since two that are alike differ by more. */
const servers = 2;
const rounds = 12;
/** Of the time of other measurements; there are many of them. */
const runShare = 0.3;

interface Figures {
  readonly rate: number;
  /** Of the thread that serves, for a file. */
  readonly microseconds: number;
}

interface Context {
  readonly load: LoadGenerator;
  readonly workspace: Workspace;
  readonly seconds: number;
}

async function moveSmallFiles(
  direction: Direction,
  server: TellingServer,
  { load, workspace, seconds }: Context,
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

/** What a server comes to while it tells, beside what it does just before and after while it does not. */
async function compareRound(
  direction: Direction,
  server: TellingServer,
  context: Context,
): Promise<{ readonly rate: number; readonly share: number; readonly cost: number }> {
  const run = async (tells: boolean): Promise<Figures> => {
    await server.tell(tells);
    return moveSmallFiles(direction, server, context);
  };
  const before = await run(false);
  const telling = [await run(true), await run(true)] as const;
  const after = await run(false);
  const sum = (field: keyof Figures, pair: readonly [Figures, Figures]): number =>
    pair[0][field] + pair[1][field];
  const ratio = (field: keyof Figures): number => sum(field, telling) / sum(field, [before, after]);
  return { rate: sum('rate', telling) / 2, share: ratio('rate'), cost: ratio('microseconds') };
}

/** Small files by one connection, from a server while it tells what happens and while it does not. */
export function smallFiles(direction: Direction): Measurement {
  return {
    id: `small-${direction}`,
    needs: ['plain', 'write'],
    async run({ load, workspace, effort }) {
      const context = { load, workspace, seconds: effort.seconds * runShare };
      const found: Awaited<ReturnType<typeof compareRound>>[] = [];
      for (let process = 0; process < servers; process += 1) {
        const server = await startTellingServer(workspace);
        try {
          // Two rounds are for it to get warm.
          for (let round = -2; round < rounds; round += 1) {
            const figures = await compareRound(direction, server, context);
            if (round >= 0) found.push(figures);
          }
        } finally {
          await server.stop();
        }
      }
      return {
        rate: median(found.map(({ rate }) => rate)),
        share: median(found.map(({ share }) => share)),
        cost: median(found.map(({ cost }) => cost)),
      };
    },
  };
}
