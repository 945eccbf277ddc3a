import { once } from 'node:events';
import { connect } from 'node:net';
import { target } from '../load.ts';
import { host } from '../peers/peer.ts';
import { median } from '../statistics.ts';
import type { Measurement } from '../suite.ts';

const bytesPerMegabyte = 1e6;
const clients = 100;
/** Downloads alone and beside the logins, by turns. */
const rounds = 4;

interface Guesser {
  readonly port: number;
  /** An address of its own: what comes from one is slowed down in other ways. */
  readonly localAddress: string;
  readonly signal: AbortSignal;
  /** Hears that the password is sent. */
  readonly onAsked?: () => void;
}

/** Tries one wrong password and waits for the answer. @returns seconds; null when there was none */
async function guess({ port, localAddress, signal, onAsked }: Guesser): Promise<number | null> {
  const socket = connect({ port, host, localAddress });
  const end = (): void => {
    socket.destroy();
  };
  socket.on('error', end);
  signal.addEventListener('abort', end);
  let askedAtMs = 0;
  let waitedMs: number | null = null;
  socket.on('data', (chunk: Buffer) => {
    const code = chunk.toString('latin1').slice(0, 3);
    if (code === '220') socket.write('USER user-00001\r\n');
    if (code === '331') {
      askedAtMs = performance.now();
      socket.write('PASS a wrong one\r\n');
      onAsked?.();
    }
    if (code === '530') waitedMs = performance.now() - askedAtMs;
    if (code === '530' || code === '421') end();
  });
  await once(socket, 'close');
  signal.removeEventListener('abort', end);
  return waitedMs === null ? null : waitedMs / 1000;
}

const addressOf = (client: number): string => `127.0.1.${client + 1}`;

/**
 * A hundred clients that try wrong passwords until they are told to stop.
 *
 * @param onAllAsked hears that all of them wait for an answer
 */
async function flood(port: number, signal: AbortSignal, onAllAsked: () => void): Promise<void> {
  let waiting = clients;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const guesser = { port, localAddress: addressOf(client), signal };
      let onAsked = (): void => {
        waiting -= 1;
        if (waiting === 0) onAllAsked();
      };
      while (!signal.aborted) {
        await guess({ ...guesser, onAsked });
        onAsked = () => undefined;
      }
    }),
  );
}

/** A download beside a hundred clients whose passwords are hashed all the time, of its speed alone just before and after. */
export const hashFlood: Measurement = {
  id: 'hash-flood',
  needs: ['plain'],
  async run({ load, server, workspace, effort }) {
    const options = {
      ...target(server, server.account),
      path: '/big.bin',
      size: workspace.sizes.bigFileBytes,
      seconds: effort.seconds * 2,
      tls: 0,
    };
    const speed = async (): Promise<number> => {
      const { bytes = 0, seconds = 0 } = await load.run('download', options);
      return bytes / seconds / bytesPerMegabyte;
    };
    const shares: number[] = [];
    const speeds: number[] = [];
    let before = await speed();
    for (let round = 0; round < rounds; round += 1) {
      const stopping = new AbortController();
      const { promise: allAsked, resolve } = Promise.withResolvers<undefined>();
      const guessing = flood(server.port, stopping.signal, () => resolve(undefined));
      // That they connect takes a moment of each program; it is what follows that goes on.
      await allAsked;
      const beside = await speed();
      stopping.abort();
      await guessing;
      const after = await speed();
      speeds.push(beside);
      shares.push(beside / ((before + after) / 2));
      before = after;
    }
    return { share: median(shares), speed: median(speeds) };
  },
};

/** The same hundred at once, with a download going on until the last of them has its answer. */
export const hashAnswers: Measurement = {
  id: 'hash-answers',
  needs: ['plain'],
  async run({ load, server, workspace, effort }) {
    const stopping = new AbortController();
    const { signal } = stopping;
    const downloading = (async () => {
      while (!signal.aborted) {
        await load.run('download', {
          ...target(server, server.account),
          path: '/big.bin',
          size: workspace.sizes.bigFileBytes,
          seconds: effort.seconds / 2,
          tls: 0,
        });
      }
    })();
    // Without a download there is nothing to measure; whoever waits for it below hears why.
    downloading.catch(() => stopping.abort());
    const answers = await Promise.all(
      Array.from({ length: clients }, async (_, client) =>
        guess({ port: server.port, localAddress: addressOf(client), signal }),
      ),
    );
    stopping.abort();
    await downloading;
    if (answers.includes(null)) throw new Error('not every login was answered');
    return { seconds: Math.max(...answers.map((seconds) => seconds ?? 0)) };
  },
};
