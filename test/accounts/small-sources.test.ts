import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { anonymousAccounts, firstOf, fixedAccounts } from '#accounts/index.ts';
import type { Accounts } from '#core/authentication.ts';
import { WherryError } from '#core/errors.ts';
import { readOnlyAccess } from '#core/permission.ts';
import { Secret } from '#core/secret.ts';
import { rootPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { attempt, forever } from './attempt.ts';

const fileSystem = new MemoryFileSystem();
const anna = { name: 'anna', password: 'right one', fileSystem, home: 'in/../start', access: readOnlyAccess };

async function outcomeOf(accounts: Accounts, user: string, password: string, changes = {}): Promise<string> {
  const outcome = await accounts.authenticate(attempt(user, password, changes), forever);
  return outcome.outcome === 'accepted' ? `accepted ${outcome.account.name}` : outcome.outcome;
}

test('a fixed account logs in with its password and gets what it was given', async () => {
  const outcome = await fixedAccounts([anna]).authenticate(attempt('anna', 'right one'), forever);
  assert.ok(outcome.outcome === 'accepted');
  const { account } = outcome;
  assert.equal(account.home, '/start');
  assert.equal(account.fileSystem, fileSystem);
  assert.equal(account.access.decide('upload', rootPath).allowed, false);
  assert.equal(account.anonymous, false);
});

for (const [user, password] of [
  ['anna', 'wrong one'],
  ['anna', ''],
  ['anna', 'right one '],
  ['Anna', 'right one'],
  ['bert', 'right one'],
  ['', ''],
  ['../anna', 'right one'],
  ['anna', 'x'.repeat(5000)],
] as const) {
  test(`${JSON.stringify(user)} with ${JSON.stringify(password.slice(0, 20))} is refused`, async () => {
    assert.equal(await outcomeOf(fixedAccounts([anna]), user, password), 'refused');
  });
}

test('a password typed in decomposed letters is the same password', async () => {
  const accounts = fixedAccounts([{ ...anna, password: new Secret('Z\u00fcrich') }]);
  assert.equal(await outcomeOf(accounts, 'anna', 'Zu\u0308rich'), 'accepted anna');
});

test('an account that demands TLS is refused without it, even with the right password', async () => {
  const accounts = fixedAccounts([{ ...anna, requireTls: true }]);
  assert.equal(await outcomeOf(accounts, 'anna', 'right one', { secure: false }), 'refused');
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'accepted anna');
});

test('fixed accounts hold no password', () => {
  const accounts = fixedAccounts([anna]);
  assert.ok(!inspect(accounts, { depth: 9, showHidden: true }).includes('right one'));
});

test('names given twice, bad names and empty passwords are refused at once', () => {
  assert.throws(() => fixedAccounts([anna, anna]), { code: 'exists' });
  assert.throws(() => fixedAccounts([{ ...anna, name: 'a/b' }]), { code: 'name-invalid' });
  assert.throws(() => fixedAccounts([{ ...anna, password: '' }]), { code: 'invalid-argument' });
});

test('anonymous and ftp log in with anything and may only read', async () => {
  const accounts = anonymousAccounts({ fileSystem });
  for (const user of ['anonymous', 'ftp', 'FTP', 'Anonymous']) {
    assert.equal(await outcomeOf(accounts, user, ''), 'accepted anonymous');
  }
  const credential = { kind: 'anonymous', address: 'me@example.org' } as const;
  const outcome = await accounts.authenticate(attempt('ftp', '', { credential }), forever);
  assert.ok(outcome.outcome === 'accepted' && outcome.account.anonymous);
  for (const right of ['upload', 'delete', 'rename', 'make-directory', 'append'] as const) {
    assert.equal(outcome.account.access.decide(right, rootPath).allowed, false);
  }
  assert.equal(outcome.account.access.decide('download', rootPath).allowed, true);
  for (const user of ['anna', '', 'ftpd', 'anonymous2']) {
    assert.equal(await outcomeOf(accounts, user, 'me@'), 'refused');
  }
});

test('several sources stand behind one, in order, and answer at once when they can', async () => {
  const other = fixedAccounts([{ ...anna, name: 'bert', password: 'another' }]);
  const accounts = firstOf(anonymousAccounts({ fileSystem }), fixedAccounts([anna]), other);
  const immediate = accounts.authenticate(attempt('bert', 'another'), forever);
  assert.ok('outcome' in immediate);
  assert.equal(await outcomeOf(accounts, 'bert', 'another'), 'accepted bert');
  assert.equal(await outcomeOf(accounts, 'anna', 'another'), 'refused');
  assert.equal(await outcomeOf(accounts, 'ftp', 'x'), 'accepted anonymous');
  assert.equal(await outcomeOf(firstOf(), 'anna', 'right one'), 'refused');
});

/** A source that counts how often it is asked and answers later. */
function slowSource(answer: Awaited<ReturnType<Accounts['authenticate']>> | WherryError) {
  const source = {
    asked: 0,
    closed: false,
    async authenticate() {
      source.asked += 1;
      await Promise.resolve();
      if (answer instanceof WherryError) throw answer;
      return answer;
    },
    close() {
      source.closed = true;
    },
  };
  return source;
}

test('every source is asked before a refusal, so that its time does not tell which knows the user', async () => {
  const first = slowSource({ outcome: 'refused', reason: 'the password is wrong' });
  const second = slowSource({ outcome: 'refused', reason: 'there is no such account' });
  const accounts = firstOf(first, fixedAccounts([anna]), second);
  const outcome = await accounts.authenticate(attempt('anna', 'wrong'), forever);
  assert.deepEqual(outcome, { outcome: 'refused', reason: 'the password is wrong' });
  assert.deepEqual([first.asked, second.asked], [1, 1]);
});

test('a source that fails shuts nobody else out, and a refusal that it could have turned is its error', async () => {
  const broken = slowSource(new WherryError('unavailable', 'Cannot tell'));
  const accounts = firstOf(broken, fixedAccounts([anna]));
  assert.equal(await outcomeOf(accounts, 'anna', 'right one'), 'accepted anna');
  await assert.rejects(async () => outcomeOf(accounts, 'anna', 'wrong'), { code: 'unavailable' });
});

test('closing closes every source', async () => {
  const sources = [
    slowSource({ outcome: 'refused', reason: '' }),
    slowSource({ outcome: 'refused', reason: '' }),
  ];
  await firstOf(...sources, fixedAccounts([])).close?.();
  assert.deepEqual(
    sources.map((source) => source.closed),
    [true, true],
  );
});
