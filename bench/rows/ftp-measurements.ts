import { setTimeout as delay } from 'node:timers/promises';
import { type LoadOptions, target } from '../load.ts';
import { cpuSecondsOf, memoryBytesOf } from '../processes.ts';
import type { Measurement, MeasurementContext } from '../suite.ts';
import { takeUploads, touchMemory, uploadsAtOnce } from '../workspace.ts';

type Figures = Readonly<Record<string, number>>;

const bytesPerMegabyte = 1e6;
const bytesPerGibibyte = 2 ** 30;
const bytesPerKibibyte = 1024;

/** Time for a server to write the last log line and to reap the process of the last session. */
const settleMs = 150;

function per(figures: Figures, name: string, seconds = 'seconds'): number {
  const count = figures[name];
  const time = figures[seconds];
  if (count === undefined || time === undefined || time <= 0) throw new Error(`no ${name} per ${seconds}`);
  return count / time;
}

/** Runs big transfers and adds the CPU time that the server spent on them, its login not counted. */
async function transferWithCpu(
  context: MeasurementContext,
  command: string,
  options: LoadOptions,
): Promise<Figures> {
  const { load, server } = context;
  let cpuSeconds = 0;
  const beforeWork = (): void => {
    cpuSeconds = -cpuSecondsOf(server.pid);
  };
  const afterWork = async (): Promise<void> => {
    await delay(settleMs);
    cpuSeconds += cpuSecondsOf(server.pid);
  };
  const figures = await load.runGated(command, options, beforeWork, afterWork);
  return { ...figures, cpuPerGibibyte: cpuSeconds / ((figures['bytes'] ?? 0) / bytesPerGibibyte) };
}

/** Every file that arrived must have the size that was sent, and none may be left over or be missing. */
async function checkUploads(context: MeasurementContext, count: number, size: number): Promise<void> {
  const sizes = await takeUploads(context.workspace);
  if (sizes.length !== count || sizes.some((arrived) => arrived !== size)) {
    throw new Error(
      `${count} files of ${size} bytes were sent, but ${sizes.length} are there: ${sizes.slice(0, 3).join(', ')} …`,
    );
  }
}

function bigTransfer(direction: 'download' | 'upload', tls: boolean): Measurement {
  return {
    id: tls ? `tls-${direction}` : direction,
    needs: [tls ? 'tls' : 'plain', ...(direction === 'upload' ? (['write'] as const) : [])],
    async run(context) {
      const size = context.workspace.sizes.bigFileBytes;
      // One more than are kept: a server may replace a file only when the new one is whole.
      if (direction === 'upload') await touchMemory(context.workspace, size * (uploadsAtOnce + 1));
      const options = {
        ...target(context.server, context.server.account),
        size,
        tls: tls ? 1 : 0,
        seconds: context.effort.seconds,
        ...(direction === 'download' ? { path: '/big.bin' } : { path: '/in/big-', max: uploadsAtOnce }),
      };
      const figures = await transferWithCpu(context, direction, options);
      if (direction === 'upload') await checkUploads(context, figures['transfers'] ?? 0, size);
      return {
        speed: per(figures, 'bytes') / bytesPerMegabyte,
        cpu: figures['cpuPerGibibyte'] ?? 0,
        ...(tls ? { resumed: per(figures, 'resumed', 'transfers') } : {}),
      };
    },
  };
}

/** What is done thousands of times a second is compiled and cached by then, in every server that does either. */
const warmUpsOfSmallWork = 3;

function smallDownload(id: string, connections: number): Measurement {
  return {
    id,
    warmUps: warmUpsOfSmallWork,
    needs: ['plain', 'anonymous'],
    async run({ load, server, workspace, effort }) {
      const { smallFiles, smallFileBytes } = workspace.sizes;
      const figures = await load.run('small-download', {
        ...target(server, server.anonymous),
        path: '/small',
        files: smallFiles,
        size: smallFileBytes,
        connections,
        seconds: effort.seconds,
      });
      return { rate: per(figures, 'files') };
    },
  };
}

const smallUpload: Measurement = {
  id: 'small-upload',
  warmUps: warmUpsOfSmallWork,
  needs: ['plain', 'write'],
  async run(context) {
    const size = context.workspace.sizes.smallFileBytes;
    const figures = await context.load.run('small-upload', {
      ...target(context.server, context.server.account),
      path: '/in/small-',
      size,
      seconds: context.effort.seconds,
    });
    await checkUploads(context, figures['files'] ?? 0, size);
    return { rate: per(figures, 'files') };
  },
};

function login(id: string, who: 'account' | 'anonymous'): Measurement {
  return {
    id,
    needs: who === 'anonymous' ? ['plain', 'anonymous'] : ['plain'],
    async run({ load, server, effort }) {
      const options = { ...target(server, server[who]), connections: 8 };
      await load.run('login', { ...options, connections: 1, seconds: 0 }); // The first login may cost a verification.
      return { rate: per(await load.run('login', { ...options, seconds: effort.seconds }), 'logins') };
    },
  };
}

function listing(id: string, command: 'LIST' | 'MLSD'): Measurement {
  return {
    id,
    needs: ['plain', 'anonymous', ...(command === 'MLSD' ? (['mlsd'] as const) : [])],
    async run({ load, server, workspace, effort }) {
      const options = {
        ...target(server, server.anonymous),
        path: '/list',
        command,
        seconds: effort.seconds,
      };
      const figures = await load.run('list', options);
      const lines = per(figures, 'lines', 'listings');
      const entries = workspace.sizes.listEntries;
      // LIST may show `total`, `.` and `..`, MLSD the facts of both.
      if (lines < entries || lines > entries + 3) throw new Error(`${lines} lines for ${entries} entries`);
      return { speed: per(figures, 'bytes') / bytesPerMegabyte, rate: per(figures, 'lines') };
    },
  };
}

const idle: Measurement = {
  id: 'idle',
  needs: ['anonymous'],
  once: true,
  freshServer: true,
  async run({ load, server, peer, effort }) {
    const options = target(server, server.anonymous);
    const sessions = effort.idleSessions[peer.sessionModel];
    // What the first sessions bring into memory (code, tables) is not the price of a session.
    await load.hold({ ...options, connections: 50 }, () => undefined);
    await delay(settleMs);
    const before = memoryBytesOf(server.pid);
    let after = before;
    await load.hold({ ...options, connections: sessions }, async () => {
      await delay(1000);
      after = memoryBytesOf(server.pid);
    });
    return { perSession: (after - before) / sessions / bytesPerKibibyte, sessions };
  },
};

const slowReaders: Measurement = {
  id: 'slow-readers',
  needs: ['plain', 'anonymous'],
  once: true,
  async run({ load, server, workspace, effort }) {
    const rate = 10_000;
    const connections = effort.slowReaders;
    const figures = await load.run('slow-readers', {
      ...target(server, server.anonymous),
      path: '/big.bin',
      size: workspace.sizes.bigFileBytes,
      connections,
      rate,
      seconds: effort.seconds,
    });
    const slowRate = per(figures, 'slowBytes', 'slowSeconds') / connections;
    const alone = per(figures, 'aloneBytes', 'aloneSeconds');
    const beside = per(figures, 'besideBytes', 'besideSeconds');
    return { share: beside / alone, speed: beside / bytesPerMegabyte, slowShare: slowRate / rate };
  },
};

export const ftpMeasurements: readonly Measurement[] = [
  bigTransfer('download', false),
  bigTransfer('upload', false),
  bigTransfer('download', true),
  bigTransfer('upload', true),
  smallDownload('small-download', 1),
  smallDownload('small-download-50', 50),
  smallUpload,
  login('login', 'account'),
  login('login-anonymous', 'anonymous'),
  listing('list', 'LIST'),
  listing('mlsd', 'MLSD'),
  slowReaders,
  idle,
];
