import { copyFile, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { openAccountDatabase } from '#accounts/index.ts';
import { hashPassword } from '#accounts/argon2/argon2id.ts';
import { writeConfig, type Workspace } from '../workspace.ts';
import { account, type Peer } from './peer.ts';
import { startWherry, wherryFacts } from './wherry.ts';

export const manyAccounts = 10_000;
const groups = 1000;
/** Rules that each group hands down. */
const rulesOfGroup = 4;

export const accountName = (number: number): string => `user-${String(number).padStart(5, '0')}`;

/** A data directory whose database holds all accounts, each in two groups, and the account of the bench. */
async function populate(workspace: Workspace): Promise<string> {
  const data = await mkdtemp(join(workspace.scratch, 'many-'));
  const database = await openAccountDatabase(join(data, 'wherry.db'));
  const hash = await hashPassword(Buffer.from(account.password));
  const groupName = (number: number): string => `group-${String(number % groups).padStart(4, '0')}`;
  for (let number = 0; number < groups; number += 1) {
    const rules = Array.from({ length: rulesOfGroup }, (_, index) => ({
      path: `/area-${number}-${index}/**/*.dat`,
      deny: ['delete' as const],
    }));
    await database.groups.add({ name: groupName(number), rules });
  }
  for (let number = 0; number < manyAccounts; number += 1) {
    await database.add({
      name: accountName(number),
      password: { hash },
      groups: [groupName(number), groupName(number + 1)],
    });
  }
  database.close();
  return data;
}

const populated = new WeakMap<Workspace, Promise<string>>();

/** A data directory of its own with all accounts: one server at a time uses one. */
export async function copyOfAccounts(workspace: Workspace): Promise<string> {
  const made = populated.get(workspace) ?? populate(workspace);
  populated.set(workspace, made);
  const data = await mkdtemp(join(workspace.scratch, 'accounts-'));
  await copyFile(join(await made, 'wherry.db'), join(data, 'wherry.db'));
  return data;
}

/** As users run it: events on, and 10,000 accounts in 1,000 groups. */
export const wherryWithAccounts: Peer = {
  ...wherryFacts,
  name: 'wherry',
  title: 'wherry, 10,000 accounts',
  prepare: async (workspace) => {
    await copyOfAccounts(workspace);
  },
  start: async (workspace) =>
    startWherry(workspace, {}, undefined, { data: await copyOfAccounts(workspace) }),
};

/** The same with one account. */
export const wherryWithOne: Peer = {
  ...wherryFacts,
  name: 'wherry-one',
  title: 'one account',
  kind: 'peer',
  only: new Set(['start', 'memory', 'login']),
  start: (workspace) => startWherry(workspace, {}),
};

/** The same accounts with nothing told: neither audit nor hooks. */
export const wherryWithoutEvents: Peer = {
  ...wherryFacts,
  name: 'wherry-silent',
  title: 'without the audit',
  kind: 'peer',
  start: async (workspace) => {
    const file = await writeConfig(workspace, 'silent/wherry.yaml', 'audit: { enabled: false }\n');
    return startWherry(workspace, {}, undefined, {
      data: await copyOfAccounts(workspace),
      words: ['--config', file],
    });
  },
};
