import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  lookupAccountName,
  maximumAccountNameLength,
  newAccountName,
  normaliseAccountName,
} from './account-name.ts';

for (const name of [
  '',
  '.',
  '..',
  'a/b',
  'a\\b',
  'a..b',
  'a\0',
  'a\r\nb',
  ' a',
  'a ',
  '\u202eevil',
  '\ud800',
]) {
  test(`the name ${JSON.stringify(name)} is refused`, () => {
    assert.throws(() => normaliseAccountName(name), { code: 'name-invalid' });
    assert.equal(lookupAccountName(name), null);
  });
}

test('a name of the greatest length is taken and one character more is refused', () => {
  assert.equal(normaliseAccountName('a'.repeat(maximumAccountNameLength)).length, maximumAccountNameLength);
  assert.throws(() => normaliseAccountName('a'.repeat(maximumAccountNameLength + 1)), {
    code: 'name-too-long',
  });
  assert.equal(lookupAccountName('a'.repeat(maximumAccountNameLength + 1)), null);
});

for (const name of [
  'a\u200db',
  '\ufeffanna',
  '\uff41nna',
  '\ufb01le',
  'ann\u0430',
  '\u03bfpen',
  'a\ue000',
  'x\u3164',
]) {
  test(`no new account is called ${JSON.stringify(name)}, which looks like another`, () => {
    assert.throws(() => newAccountName(name), { code: 'name-invalid' });
  });
}

for (const name of [
  'anna',
  'Zo\u00eb',
  '\u0410\u043d\u043d\u0430',
  '\u5b89\u5a1c',
  'a b@example.org',
  '\u0639\u0644\u064a',
]) {
  test(`a new account may be called ${name}`, () => {
    assert.equal(newAccountName(name), name);
  });
}

test('the composed and the decomposed form of a name are one account', () => {
  assert.equal(normaliseAccountName('Zoe\u0308'), 'Zo\u00eb');
  assert.equal(lookupAccountName('Zoe\u0308'), lookupAccountName('Zo\u00eb'));
});

test('a name that is taken stays the same when normalised again, and is found by itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      const found = lookupAccountName(text);
      if (found === null) return;
      assert.equal(normaliseAccountName(found), found);
      assert.equal(lookupAccountName(found), found);
      assert.ok(!found.includes('/') && !found.includes('..'));
    }),
    { seed: 7 },
  );
});
