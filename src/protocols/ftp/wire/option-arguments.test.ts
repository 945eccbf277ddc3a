import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { parseHostArgument } from './host-argument.ts';
import {
  formatHashFeature,
  parseClientIdentity,
  parseDeflateLevel,
  parseHashName,
  parseLanguage,
  parseSwitch,
} from './option-arguments.ts';

function refuses(run: () => unknown): void {
  assert.throws(run, (thrown) => thrown instanceof WherryError && thrown.code === 'invalid-argument');
}

test('switches and levels', () => {
  assert.equal(parseSwitch('on', false), true);
  assert.equal(parseSwitch(' OFF ', true), false);
  assert.equal(parseSwitch(null, true), true);
  refuses(() => parseSwitch('maybe', true));
  assert.equal(parseDeflateLevel('z level 9'), 9);
  for (const argument of [null, 'Z', 'Z LEVEL 10', 'Z LEVEL', 'Z ENGINE ZLIB', 'Z LEVEL -1', 'LEVEL 1']) {
    refuses(() => parseDeflateLevel(argument));
  }
});

test('digests by name', () => {
  assert.equal(parseHashName(null), null);
  assert.equal(parseHashName('sha-256'), 'SHA-256');
  assert.equal(parseHashName('SHA512'), 'SHA-512');
  refuses(() => parseHashName('bogus'));
  assert.equal(formatHashFeature(['SHA-512', 'SHA-256'], 'SHA-256'), 'HASH SHA-512;SHA-256*');
});

test('language tags', () => {
  assert.equal(parseLanguage(null), null);
  assert.equal(parseLanguage('EN-us'), 'en-us');
  for (const argument of ['1!', 'en us', 'toolongalanguage', 'en-', 'a-'.repeat(40)]) {
    refuses(() => parseLanguage(argument));
  }
});

test('what a client says of itself', () => {
  const identity = parseClientIdentity('Name=My Client; Version=1=2;');
  assert.deepEqual(
    [...identity],
    [
      ['name', 'My Client'],
      ['version', '1=2'],
    ],
  );
  for (const argument of [null, '', ';', 'x', '=x;']) refuses(() => parseClientIdentity(argument));
});

test('HOST takes names and addresses without a port', () => {
  assert.deepEqual(parseHostArgument('FTP.Example.ORG.'), { kind: 'name', name: 'ftp.example.org' });
  assert.deepEqual(parseHostArgument('192.0.2.1'), { kind: 'address', address: '192.0.2.1' });
  assert.deepEqual(parseHostArgument('[2001:DB8::1]'), { kind: 'address', address: '2001:db8::1' });
  const bad = [null, '', 'h:21', '::1', '[::1]:21', '[::1', '[1.2.3.4]', '[fe80::1%eth0]', '-x', 'a..b', '.'];
  for (const argument of [...bad, '1.2.3', '1.2.3.4.', 'a b', 'a/b', 'a.'.repeat(200)]) {
    refuses(() => parseHostArgument(argument));
  }
});
