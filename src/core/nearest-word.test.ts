import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestWord } from './nearest-word.ts';

test('a slip of the hand finds the word, and anything else finds none', () => {
  const words = ['serve', 'user', 'group', 'config', 'log'];
  assert.equal(nearestWord('sevre', words), 'serve');
  assert.equal(nearestWord('confg', words), 'config');
  assert.equal(nearestWord('USER', words), 'user');
  assert.equal(nearestWord('lgo', words), 'log');
  assert.equal(nearestWord('nonsense', words), null);
  assert.equal(nearestWord('', words), null);
  assert.equal(nearestWord('x'.repeat(100_000), words), null);
});
