import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '#core/secret.ts';
import type { Credential } from '#core/authentication.ts';
import type { LoginMethod } from '../settings/settings.ts';
import { methodSets, methodsGiven, progressOf } from './method-sets.ts';

const plain = { loginMethods: null, hasOneTimeCodes: false, hasAccountInformation: false };

test('by default any one of password, key, certificate and passkey is enough', () => {
  assert.deepEqual(methodSets(plain, 'sftp'), [['password'], ['public-key'], ['certificate'], ['passkey']]);
});

test('one-time codes go with every password, also where a group names the methods', () => {
  const demands = { ...plain, hasOneTimeCodes: true };
  assert.deepEqual(methodSets(demands, 'ftp')[0], ['password', 'one-time-code']);
  const named = {
    ...demands,
    loginMethods: [['password'], ['public-key', 'password'], ['public-key']] as const,
  };
  assert.deepEqual(methodSets(named, 'sftp'), [
    ['password', 'one-time-code'],
    ['public-key', 'password', 'one-time-code'],
    ['public-key'],
  ]);
});

test('accounting information is asked for by FTP alone', () => {
  const demands = { ...plain, hasAccountInformation: true };
  assert.deepEqual(methodSets(demands, 'ftps')[0], ['password', 'account']);
  assert.deepEqual(methodSets(demands, 'sftp')[0], ['password']);
});

for (const [title, sets, given, last, progress] of [
  ['one of one', [['password']], ['password'], ['password'], { state: 'enough' }],
  [
    'one of two',
    [['public-key', 'password']],
    ['public-key'],
    ['public-key'],
    { state: 'more', wanted: ['password'] },
  ],
  ['two of two', [['public-key', 'password']], ['public-key', 'password'], ['password'], { state: 'enough' }],
  ['a proof that no set has', [['password']], ['public-key'], ['public-key'], { state: 'useless' }],
  [
    'what any of the sets still wants',
    [
      ['public-key', 'password'],
      ['public-key', 'certificate'],
    ],
    ['public-key'],
    ['public-key'],
    { state: 'more', wanted: ['password', 'certificate'] },
  ],
] as const) {
  test(`progress: ${title}`, () => {
    const proofs = new Set<LoginMethod>(given);
    assert.deepEqual(progressOf(sets, proofs, last), progress);
  });
}

test('a second password stands for a one-time code', () => {
  const password: Credential = { kind: 'password', password: new Secret('x') };
  assert.deepEqual([...methodsGiven([password])], ['password']);
  assert.deepEqual([...methodsGiven([password, password])], ['password', 'one-time-code']);
  assert.deepEqual([...methodsGiven([{ kind: 'anonymous', address: '' }])], []);
});
