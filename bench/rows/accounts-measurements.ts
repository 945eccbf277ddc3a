import { sqliteAccounts, openAccountDatabase } from '#accounts/index.ts';
import { RuleAccess } from '#accounts/access/rule-access.ts';
import { fullAccess, permissions } from '#core/permission.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { accountName, copyOfAccounts, manyAccounts } from '../peers/wherry-accounts.ts';
import { memoryBytesOf } from '../processes.ts';
import type { Measurement } from '../suite.ts';
import type { Workspace } from '../workspace.ts';
import { smallFiles } from './accounts-events.ts';
import { hashAnswers, hashFlood } from './accounts-hashes.ts';
import { ftpMeasurements } from './ftp-measurements.ts';

const mebibyte = 2 ** 20;
const rules = 100;
const logins = 4000;

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

/** A source of many accounts whose logins cost no hash. */
async function openManyAccounts(workspace: Workspace): Promise<{
  login(number: number): Promise<void>;
  close(): Promise<void>;
}> {
  const database = await openAccountDatabase(join(await copyOfAccounts(workspace), 'wherry.db'));
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const field = (octets: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, octets.length]), octets]);
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]);
  await database.authorities.add(`ssh-ed25519 ${blob.toString('base64')} authority`);
  const accounts = sqliteAccounts(database, { fileSystemFor: () => null });
  return {
    async login(number) {
      const user = accountName(number);
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
    },
    close: async () => accounts.close?.(),
  };
}

/** Each login another account, so that nothing is remembered: what a login costs beside its proof. */
const loginWithoutHash: Measurement = {
  id: 'login-without-hash',
  needs: [],
  async run({ workspace }) {
    const accounts = await openManyAccounts(workspace);
    const startedAt = performance.now();
    for (let number = 0; number < logins; number += 1) await accounts.login(number * 2);
    const seconds = (performance.now() - startedAt) / 1000;
    await accounts.close();
    return { rate: logins / seconds };
  },
};

/** More accounts than are remembered. */
const someAccounts = 1000;

/**
 * What stays of logins when the garbage is gone: of all accounts in turn, beside that of some. Without a collection, as the
 * system sees a process, the garbage of the day decides.
 */
const loginMemory: Measurement = {
  id: 'login-memory',
  needs: [],
  async run({ workspace }) {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heapBytes = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const accounts = await openManyAccounts(workspace);
    const before = heapBytes();
    for (let number = 0; number < logins; number += 1) await accounts.login(number % someAccounts);
    const some = heapBytes() - before;
    for (let number = 0; number < manyAccounts; number += 1) await accounts.login(number);
    const all = heapBytes() - before;
    await accounts.close();
    return { growth: all / some, mebibytes: all / mebibyte };
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

/** Before anybody has logged in: what logins leave behind until it is collected is more than accounts could ever be. */
const memory: Measurement = {
  id: 'memory',
  needs: [],
  freshServer: true,
  run: ({ server }) => Promise.resolve({ mebibytes: memoryBytesOf(server.pid) / mebibyte }),
};

const shared = new Set(['login']);

export const accountsMeasurements: readonly Measurement[] = [
  permissionCheck,
  loginWithoutHash,
  loginMemory,
  start,
  memory,
  hashFlood,
  hashAnswers,
  smallFiles('download'),
  smallFiles('upload'),
  ...ftpMeasurements.filter(({ id }) => shared.has(id)),
];
