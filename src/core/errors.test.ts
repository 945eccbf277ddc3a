import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { describeErrorCode, errorCodes, toWherryError, WherryError } from './errors.ts';
import { Secret } from './secret.ts';

test('a system error keeps its cause and loses its text, which names places of the host', () => {
  const system = Object.assign(new Error("ENOENT: no such file, open '/srv/secret/place'"), {
    code: 'ENOENT',
  });
  const error = toWherryError(system, 'open the file', '/f');
  assert.equal(error.code, 'not-found');
  assert.equal(error.cause, system);
  assert.equal(error.path, '/f');
  assert.doesNotMatch(error.message, /secret/);
});

test('errors of ours pass unchanged, aborts are aborts, and the unknown is an input or output error', () => {
  const own = new WherryError('quota', 'full');
  assert.equal(toWherryError(own, 'write'), own);
  assert.equal(toWherryError(new DOMException('x', 'AbortError'), 'read').code, 'aborted');
  assert.equal(toWherryError(null, 'read').code, 'io');
  assert.equal(toWherryError(Object.assign(new Error('x'), { code: 'ENEW' }), 'read').code, 'io');
});

test('every code has plain words, and only passing troubles are worth another try', () => {
  for (const code of errorCodes) assert.notEqual(describeErrorCode(code), '');
  assert.equal(new WherryError('busy', '').retryable, true);
  assert.equal(new WherryError('not-found', '').retryable, false);
  assert.equal(new WherryError('not-found', '', { retryable: true }).retryable, true);
});

test('a secret is seen only by who asks for it', () => {
  const secret = new Secret('hunter2');
  assert.equal(secret.reveal(), 'hunter2');
  for (const shown of [JSON.stringify({ secret }), inspect({ secret }, { depth: 5 }), String(secret)]) {
    assert.doesNotMatch(shown, /hunter2/);
  }
});
