import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { VerificationCache } from './verification-cache.ts';

const password = Buffer.from('hunter2');
const login = { user: 'anna', password, passwordHash: '$argon2id$…' };

test('only the password that was verified is recalled, and only for its user', () => {
  const cache = new VerificationCache<string>();
  cache.remember(login, 'account of anna');
  assert.equal(cache.recall('anna', password), 'account of anna');
  assert.equal(cache.recall('anna', Buffer.from('hunter3')), null);
  assert.equal(cache.recall('anna', Buffer.from('')), null);
  assert.equal(cache.recall('annah', Buffer.from('unter2')), null);
  assert.equal(cache.recall('bert', password), null);
  assert.equal(
    cache.recall('anna', password),
    'account of anna',
    'a wrong password does not push out the right one',
  );
});

test('what is kept is forgotten after its time, and a recall does not lengthen it', () => {
  let now = 0;
  const cache = new VerificationCache<number>({ lifetimeMs: 1000, users: 2 }, () => now);
  cache.remember(login, 1);
  now = 999;
  assert.equal(cache.recall('anna', password), 1);
  now = 1000;
  assert.equal(cache.recall('anna', password), null);
  assert.equal(cache.size, 0);
});

test('no more users than allowed are kept, the oldest goes first', () => {
  const cache = new VerificationCache<number>({ lifetimeMs: 1000, users: 2 }, () => 0);
  for (const [value, user] of ['a', 'b', 'a', 'c'].entries()) cache.remember({ ...login, user }, value);
  assert.equal(cache.size, 2);
  assert.equal(cache.recall('b', password), null);
  assert.equal(cache.recall('a', password), 2);
  assert.equal(cache.recall('c', password), 3);
});

test('a user, or all, can be forgotten', () => {
  const cache = new VerificationCache<number>();
  cache.remember(login, 1);
  cache.remember({ ...login, user: 'bert' }, 2);
  cache.forget('anna');
  assert.equal(cache.recall('anna', password), null);
  cache.clear();
  assert.equal(cache.recall('bert', password), null);
});

test('the password is nowhere in the cache', () => {
  const cache = new VerificationCache<number>();
  cache.remember(login, 1);
  assert.ok(!inspect(cache, { depth: 9, showHidden: true }).includes('hunter2'));
});
