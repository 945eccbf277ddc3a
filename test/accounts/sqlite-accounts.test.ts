import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { EffectiveAccount, NewAccount, SqliteAccountsOptions } from '#accounts/index.ts';
import { openAccountDatabase, sqliteAccounts } from '#accounts/index.ts';
import { hashPassword } from '#accounts/argon2/argon2id.ts';
import type { Accounts } from '#core/authentication.ts';
import { isPending } from '#core/awaitable.ts';
import { Secret } from '#core/secret.ts';
import { rootPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { attempt, forever } from './attempt.ts';
import { temporaryDirectory } from './directory.ts';

/** Cheap enough for tests, with all the steps of the real thing. */
const cost = { memoryKib: 64, passes: 1, parallelism: 1 };

async function open(context: TestContext, options: Partial<SqliteAccountsOptions> = {}) {
  const file = join(await temporaryDirectory(context), 'a.db');
  const database = await openAccountDatabase(file, { cost });
  const fileSystem = new MemoryFileSystem();
  const accounts = sqliteAccounts(database, { fileSystemFor: () => fileSystem, ...options });
  context.after(async () => accounts.close?.());
  const anna: NewAccount = { name: 'anna', password: new Secret('right one') };
  await database.add(anna);
  return { file, database, accounts, fileSystem };
}

async function outcomeOf(accounts: Accounts, user: string, password: string): Promise<string> {
  const outcome = await accounts.authenticate(attempt(user, password), forever);
  return outcome.outcome === 'refused' ? outcome.reason : outcome.outcome;
}

test('an account logs in with its password and gets its tree, directory and rights', async (context) => {
  const asked: EffectiveAccount[] = [];
  const { accounts, database, fileSystem } = await open(context, {
    fileSystemFor(account) {
      asked.push(account);
      return fileSystem;
    },
  });
  await database.set('anna', {
    home: '/srv/anna',
    startDirectory: '/in',
    rights: 'r',
    fxpNetworks: ['10.0.0.0/8'],
  });
  const outcome = await accounts.authenticate(attempt('anna', 'right one'), forever);
  assert.ok(outcome.outcome === 'accepted');
  const { account } = outcome;
  assert.equal(account.fileSystem, fileSystem);
  assert.deepEqual([account.name, account.home, account.fxpNetworks], ['anna', '/in', ['10.0.0.0/8']]);
  assert.equal(account.access.decide('upload', rootPath).allowed, false);
  assert.deepEqual(
    asked.map(({ settings }) => settings.home),
    ['/srv/anna'],
  );
});

test('wrong passwords, unknown users, disabled accounts and accounts without a password are refused', async (context) => {
  const { accounts, database } = await open(context);
  await database.add({ name: 'disabled', password: new Secret('x'), enabled: false });
  await database.add({ name: 'keys only' });
  assert.equal(await outcomeOf(accounts, 'anna', 'wrong one'), 'the password is wrong');
  assert.equal(await outcomeOf(accounts, 'anna', ''), 'the password is wrong');
  assert.equal(await outcomeOf(accounts, 'bert', 'right one'), 'there is no such account');
  assert.equal(await outcomeOf(accounts, '../anna', 'right one'), 'there is no such account');
  assert.equal(await outcomeOf(accounts, 'disabled', 'x'), 'the account is disabled');
  assert.equal(await outcomeOf(accounts, 'keys only', ''), 'the account has no password');
});

test('the second login with a right password is answered at once, a wrong one never', async (context) => {
  const { accounts } = await open(context);
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'accepted');
  const again = accounts.authenticate(attempt('anna', 'right one'), forever);
  assert.ok(!isPending(again) && again.outcome === 'accepted');
  const wrong = accounts.authenticate(attempt('anna', 'wrong one'), forever);
  assert.ok(isPending(wrong));
  assert.equal((await wrong).outcome, 'refused');
  assert.ok(!isPending(accounts.authenticate(attempt('anna', 'right one'), forever)));
});

for (const [what, changes, later] of [
  ['disabled', { enabled: false }, 'the account is disabled'],
  ['given another password', { password: new Secret('new one') }, 'the password is wrong'],
  ['left without a password', { password: null }, 'the account has no password'],
] as const) {
  test(`an account that was ${what} is not let in from memory`, async (context) => {
    const { accounts, database } = await open(context);
    assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'accepted');
    await database.set('anna', changes);
    assert.equal(await outcomeOf(accounts, 'anna', 'right one'), later);
  });
}

test('an account that was removed and made again with another password is not let in from memory', async (context) => {
  const { accounts, database } = await open(context);
  await outcomeOf(accounts, 'anna', 'right one');
  await database.remove('anna');
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'there is no such account');
  await database.add({ name: 'anna', password: new Secret('new one') });
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'the password is wrong');
  assert.equal(await outcomeOf(accounts, 'anna', 'new one'), 'accepted');
});

test('a change while the password is being verified counts', async (context) => {
  const { accounts, database, fileSystem } = await open(context, {
    async fileSystemFor(account) {
      if (account.account.enabled) await database.set('anna', { enabled: false });
      return fileSystem;
    },
  });
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'the account is disabled');
});

test('a change of another account while the password is being verified does not matter', async (context) => {
  const { accounts, fileSystem, database } = await open(context, {
    async fileSystemFor() {
      await database.set('bert', { enabled: false });
      return fileSystem;
    },
  });
  await database.add({ name: 'bert' });
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'accepted');
});

test('a change by another process is noticed', async (context) => {
  const { accounts, file } = await open(context);
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'accepted');
  const other = await openAccountDatabase(file, { cost, shared: true });
  await other.set('anna', { enabled: false });
  other.close();
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'the account is disabled');
});

test('a hash made at another cost is made again at the first login', async (context) => {
  const { accounts, database } = await open(context);
  const hash = await hashPassword(Buffer.from('old one'), { ...cost, passes: 2 });
  await database.set('anna', { password: { hash } });
  assert.equal(await outcomeOf(accounts, 'anna', 'wrong one'), 'the password is wrong');
  assert.equal((await database.findStored('anna'))?.passwordHash, hash);
  assert.equal(await outcomeOf(accounts, 'anna', 'old one'), 'accepted');
  assert.match((await database.findStored('anna'))?.passwordHash ?? '', /\$m=64,t=1,p=1\$/u);
  assert.ok(!isPending(accounts.authenticate(attempt('anna', 'old one'), forever)));
});

test('a flood of bad logins fills the queue and is refused, while known users log in at once', async (context) => {
  const queue = { running: 1, waiting: 4, waitingPerSource: 3 };
  const { accounts } = await open(context, { queue });
  await outcomeOf(accounts, 'anna', 'right one');
  const flood = Array.from({ length: 20 }, async () => outcomeOf(accounts, 'anna', 'guess'));
  const settled = Promise.allSettled(flood);
  assert.ok(!isPending(accounts.authenticate(attempt('anna', 'right one'), forever)));
  const results = await settled;
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 16);
  assert.ok(refused.every(({ reason }) => (reason as { code?: string }).code === 'unavailable'));
});

test('an encrypted connection is demanded after the password, also from memory', async (context) => {
  const { accounts, database } = await open(context);
  await database.set('anna', { requireTls: true });
  for (const secure of [false, true, false]) {
    const outcome = await accounts.authenticate(attempt('anna', 'right one', { secure }), forever);
    assert.equal(outcome.outcome, secure ? 'accepted' : 'refused');
  }
});

test('other credentials are refused, a stopped login is aborted, a closed database is unavailable', async (context) => {
  const { accounts } = await open(context);
  const credential = { kind: 'anonymous', address: 'x' } as const;
  assert.equal(
    (await accounts.authenticate(attempt('anna', '', { credential }), forever)).outcome,
    'refused',
  );
  const signal = AbortSignal.abort();
  await assert.rejects(async () => accounts.authenticate(attempt('anna', 'x'), signal), { code: 'aborted' });
  await accounts.close?.();
  await assert.rejects(async () => accounts.authenticate(attempt('anna', 'x'), forever), {
    code: 'unavailable',
  });
});

test('a server that only reads gives nobody more', async (context) => {
  const { accounts } = await open(context, { readOnly: true });
  const outcome = await accounts.authenticate(attempt('anna', 'right one'), forever);
  assert.ok(outcome.outcome === 'accepted');
  assert.equal(outcome.account.access.decide('upload', rootPath).allowed, false);
});
