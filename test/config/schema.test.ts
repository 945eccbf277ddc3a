import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { formats } from '#server/config/fragments.ts';
import { formatSize, parseDuration, parseSize } from '#server/config/quantities.ts';
import { configSchema } from '#server/config/schema.ts';
import { settingsOf } from '#server/config/schema-walk.ts';

test('the schema is one by the standard, and its defaults are what it allows', () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, useDefaults: true, formats });
  ajv.addVocabulary(['allowed', 'secret', 'restart', 'mustExist']);
  const validate = ajv.compile(configSchema);
  const settings = {};
  assert.equal(validate(settings), true, JSON.stringify(validate.errors));
  // Defaults are put in without being checked; the second time they are.
  assert.equal(validate(settings), true, JSON.stringify(validate.errors));
});

test('every setting has a default and says what it is', () => {
  const settings = [...settingsOf()];
  assert.ok(settings.length > 60);
  for (const { path, schema } of settings) {
    assert.notEqual(schema.default, undefined, path.join('.'));
    assert.ok((schema.description ?? '').length > 3, path.join('.'));
  }
});

test('times and sizes are read with their units and with nothing else', () => {
  const durations = {
    '500ms': 500,
    '30s': 30_000,
    '5 m': 300_000,
    '5min': 300_000,
    '1.5h': 5_400_000,
    '1d': 86_400_000,
  };
  for (const [text, value] of Object.entries(durations)) assert.equal(parseDuration(text), value);
  for (const text of [
    '5',
    '',
    's',
    '-5s',
    '5 weeks',
    '5S',
    '1e3s',
    '5s ',
    '9'.repeat(15) + 'd',
    '5constructor',
  ]) {
    assert.equal(parseDuration(text), null, text);
  }
  const sizes = { '0 B': 0, '200 B': 200, '64KiB': 65_536, '1.5 GB': 1_500_000_000, '2 TiB': 2 ** 41 };
  for (const [text, value] of Object.entries(sizes)) assert.equal(parseSize(text), value);
  for (const text of ['64', '64K', '64 kb', '-1 MB']) assert.equal(parseSize(text), null, text);
  for (const octets of [0, 200, 65_536, 1_500_000_000, 2 ** 41, 12_345_678]) {
    assert.equal(parseSize(formatSize(octets)), octets);
  }
});
