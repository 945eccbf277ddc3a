import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { sqliteAccounts, openAccountDatabase } from '#accounts/index.ts';
import { RuleAccess } from '#accounts/access/rule-access.ts';
import { fullAccess, permissions } from '#core/permission.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { target } from '../load.ts';
import { host } from '../peers/peer.ts';
import { accountName, copyOfAccounts } from '../peers/wherry-accounts.ts';
import { mainThreadSecondsOf, memoryBytesOf } from '../processes.ts';
import type { Measurement } from '../suite.ts';
import { takeUploads } from '../workspace.ts';
import { ftpMeasurements } from './ftp-measurements.ts';

const bytesPerMegabyte = 1e6;
const mebibyte = 2 ** 20;
const rules = 100;
const logins = 4000;
const floodingClients = 100;

/** Paths that no rule forbids, so that all of them are tried. */
const checkedPaths = Array.from({ length: 5000 }, (_, index) =>
  resolveVirtualPath(rootPath, `/projects/p${index % 50}/year/month/report-${index}.pdf`),
);

function checkTime(pattern: (index: number) => string): number {
  const access = new RuleAccess(
    Array.from({ length: rules }, (_, index) => ({
      path: pattern(index),
      allow: [],
      deny: [...permissions],
      origin: { from: 'default' } as const,
      number: index + 1,
    })),
    { policy: fullAccess, origin: { from: 'default' } },
  );
  const checks = 40 * checkedPaths.length;
  let allowed = 0;
  const round = (): void => {
    for (const path of checkedPaths) if (access.decide('download', path).allowed) allowed += 1;
  };
  round();
  // Processor time: whatever else the machine does is no part of a check.
  const before = process.threadCpuUsage();
  for (let done = 0; done < checks; done += checkedPaths.length) round();
  const { user, system } = process.threadCpuUsage(before);
  if (allowed !== checks + checkedPaths.length) throw new Error('a rule fits that must not');
  return (user + system) / checks;
}

const permissionCheck: Measurement = {
  id: 'permission',
  needs: [],
  run: () =>
    Promise.resolve({
      literal: checkTime((index) => `/archive/a${index}`),
      wildcards: checkTime((index) => `/archive-${index}/*/*.tmp`),
      anywhere: checkTime((index) => `**/cache-${index}/**/*.tmp`),
      // No part of these is a whole name, so each of them is tried.
      endings: checkTime((index) => `/**/*.${index}/**/*.tmp`),
    }),
};

const never = new AbortController().signal;

/** Each login another account, so that nothing is remembered: what a login costs beside its proof. */
const loginWithoutHash: Measurement = {
  id: 'login-without-hash',
  needs: [],
  async run({ workspace }) {
    const database = await openAccountDatabase(join(await copyOfAccounts(workspace), 'wherry.db'));
    const { publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    const field = (octets: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, octets.length]), octets]);
    const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]);
    await database.authorities.add(`ssh-ed25519 ${blob.toString('base64')} authority`);
    const accounts = sqliteAccounts(database, { fileSystemFor: () => null });
    const startedAt = performance.now();
    for (let number = 0; number < logins; number += 1) {
      const user = accountName(number * 2);
      const facts = { authority: blob, keyId: user, serial: 1n, principals: [user] };
      const outcome = await accounts.authenticate(
        {
          user,
          credential: { kind: 'public-key', algorithm: 'ssh-ed25519', blob, certificate: facts },
          previous: [],
          protocol: 'sftp',
          remoteAddress: '192.0.2.1',
          secure: true,
          host: null,
        },
        never,
      );
      if (outcome.outcome !== 'accepted') throw new Error(`${user} was not let in`);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    await accounts.close?.();
    return { rate: logins / seconds };
  },
};

const start: Measurement = {
  id: 'start',
  needs: [],
  async run({ peer, workspace }) {
    const startedAt = performance.now();
    const server = await peer.start(workspace);
    const seconds = (performance.now() - startedAt) / 1000;
    await server.stop();
    return { seconds };
  },
};

/** After the same few logins: what is remembered of those is the same, so accounts in the database are the difference. */
const memory: Measurement = {
  id: 'memory',
  needs: [],
  freshServer: true,
  async run({ load, server }) {
    await load.run('login', { ...target(server, server.account), connections: 8, seconds: 0.5 });
    return { mebibytes: memoryBytesOf(server.pid) / mebibyte };
  },
};

/** A client that tries one wrong password after the other until it is told to stop. */
async function guess(port: number, signal: AbortSignal): Promise<number> {
  let guesses = 0;
  while (!signal.aborted) {
    const socket: Socket = connect(port, host);
    socket.on('error', () => undefined);
    const end = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', end);
    socket.on('data', (chunk: Buffer) => {
      const code = chunk.toString('latin1').slice(0, 3);
      if (code === '220' || code === '530') socket.write('USER user-00001\r\n');
      if (code === '331') socket.write('PASS a wrong one\r\n');
      if (code === '530' || code === '421') guesses += 1;
    });
    await once(socket, 'close');
    signal.removeEventListener('abort', end);
  }
  return guesses;
}

/** A download alone, and beside a hundred clients whose passwords are hashed all the time; by turns. */
const hashFlood: Measurement = {
  id: 'hash-flood',
  needs: ['plain'],
  async run({ load, server, workspace, effort }) {
    const options = {
      ...target(server, server.account),
      path: '/big.bin',
      size: workspace.sizes.bigFileBytes,
      seconds: effort.seconds * 3,
      tls: 0,
    };
    const speed = async (): Promise<number> => {
      const { bytes = 0, seconds = 0 } = await load.run('download', options);
      return bytes / seconds / bytesPerMegabyte;
    };
    const before = await speed();
    const stopping = new AbortController();
    const guessing = Array.from({ length: floodingClients }, async () => guess(server.port, stopping.signal));
    const beside = await speed();
    stopping.abort();
    const hashes = (await Promise.all(guessing)).reduce((sum, count) => sum + count, 0);
    if (hashes === 0) throw new Error('no password was refused meanwhile');
    const alone = (before + (await speed())) / 2;
    return { share: beside / alone, speed: beside, hashes };
  },
};

/**
 * Small files by one connection, and what each costs the thread that serves it: a difference of a few parts in a hundred
 * shows there, and drowns in the noise of a rate.
 */
function smallFiles(direction: 'download' | 'upload'): Measurement {
  const id = `small-${direction}`;
  return {
    id,
    needs: ['plain', 'write'],
    async run({ load, server, workspace, effort }) {
      const { smallFiles: files, smallFileBytes: size } = workspace.sizes;
      const path = direction === 'download' ? '/small' : '/in/small-';
      const options = { ...target(server, server.account), path, size, connections: 1 };
      const before = mainThreadSecondsOf(server.pid);
      const figures = await load.run(id, {
        ...options,
        ...(direction === 'download' ? { files } : {}),
        seconds: effort.seconds * 2,
      });
      const busy = mainThreadSecondsOf(server.pid) - before;
      const { files: moved = 0, seconds = 0 } = figures;
      if (direction === 'upload' && (await takeUploads(workspace)).length !== moved)
        throw new Error('not every file that was sent is there');
      return { rate: moved / seconds, microseconds: (busy * 1e6) / moved };
    },
  };
}

const shared = new Set(['login']);

export const accountsMeasurements: readonly Measurement[] = [
  permissionCheck,
  loginWithoutHash,
  start,
  memory,
  hashFlood,
  smallFiles('download'),
  smallFiles('upload'),
  ...ftpMeasurements.filter(({ id }) => shared.has(id)),
];
