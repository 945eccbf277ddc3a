import { copyFile, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openAccountDatabase } from '#accounts/index.ts';
import { hashPassword } from '#accounts/argon2/argon2id.ts';
import { startProgram, stopTree } from '../processes.ts';
import type { Workspace } from '../workspace.ts';
import { account, anonymous, type Peer, type RunningServer } from './peer.ts';
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

const tellingServer = join(import.meta.dirname, 'telling-server.ts');
const node = join(import.meta.dirname, '../../bin/wherry-node');

/** A server that tells what happens, or does not. */
export type TellingServer = RunningServer & { tell(on: boolean): Promise<void> };

/** Starts one with one account, which tells nothing until it is told to. */
export async function startTellingServer(workspace: Workspace): Promise<TellingServer> {
  const data = await mkdtemp(join(workspace.scratch, 'telling-'));
  const words = [tellingServer, workspace.tree, data, account.user, account.password];
  const { child, output } = startProgram([node, '--disable-warning=ExperimentalWarning', ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('it has no pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the telling server ended: ${output()}`);
    return value;
  };
  const port = Number(await nextLine());
  return {
    port,
    pid: child.pid ?? 0,
    account,
    anonymous,
    stop: () => stopTree(child),
    tell: async (on) => {
      stdin.write(on ? 'tell\n' : 'be silent\n');
      await nextLine();
    },
  };
}
