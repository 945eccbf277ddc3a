import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WherryError } from '#core/errors.ts';
import { normalizeAddress } from './address.ts';
import {
  formatExtendedPassiveText,
  formatExtendedPort,
  formatHostPort,
  formatLongPassiveText,
  formatLongPort,
  formatPassiveText,
  parseExtendedPassive,
  parseExtendedPassiveText,
  parseExtendedPort,
  parseHostPort,
  parseLongPassiveText,
  parseLongPort,
  parsePassiveText,
} from './host-port.ts';

function refuses(code: string, run: () => unknown): void {
  assert.throws(run, (thrown) => thrown instanceof WherryError && thrown.code === code);
}

test('PORT takes six octets and nothing else', () => {
  assert.deepEqual(parseHostPort(' 192,0,2,1,4,1 '), { family: 4, address: '192.0.2.1', port: 1025 });
  const bad = ['', '1,2,3', '256,0,0,1,4,1', '1,2,3,4,5', '1,2,3,4,5,6,7', '1,2,3,4,-5,6', '1, 2,3,4,5,6'];
  for (const argument of [
    ...bad,
    '1,2,3,4,0,0',
    'a,b,c,d,e,f',
    '1.2.3.4,5,6',
    '1,2,3,4,5,',
    '1,2,3,4,5,1e1',
  ]) {
    refuses('invalid-argument', () => parseHostPort(argument));
  }
});

test('EPRT takes any delimiter and both families', () => {
  assert.deepEqual(parseExtendedPort('|1|192.0.2.1|1025|'), {
    family: 4,
    address: '192.0.2.1',
    port: 1025,
  });
  assert.deepEqual(parseExtendedPort('!2!2001:DB8::1!65535!').address, '2001:db8::1');
  assert.deepEqual(parseExtendedPort('|2|::ffff:192.0.2.1|2000|'), {
    family: 4,
    address: '192.0.2.1',
    port: 2000,
  });
  for (const argument of ['|3|x|1|', '|0|1.2.3.4|2000|', '|9|::|1|']) {
    refuses('not-supported', () => parseExtendedPort(argument));
  }
  const bad = ['', '|1|192.0.2.1|1025', '1|192.0.2.1|1025|', '|1|::1|1025|', '|2|192.0.2.1|1025|', '|9|'];
  const worse = ['|1|192.0.2.1|0|', '|1|192.0.2.1|65536|', '|1|192.0.2.1|x|', '|2|fe80::1%1|2000|', '|1||1|'];
  for (const argument of [...bad, ...worse, '|1|1.2.3.4|2000|x', '|1|1.2.3.4|2000||', '\x01x']) {
    refuses('invalid-argument', () => parseExtendedPort(argument));
  }
});

test('LPRT checks its lengths', () => {
  assert.deepEqual(parseLongPort('4,4,192,0,2,1,2,4,1'), { family: 4, address: '192.0.2.1', port: 1025 });
  refuses('not-supported', () => parseLongPort('9,4,192,0,2,1,2,4,1'));
  for (const argument of ['', '4', '4,4,1,2,3,4,2,4', '4,5,1,2,3,4,2,4,1', '4,4,1,2,3,4,3,4,1,1', 'x']) {
    refuses('invalid-argument', () => parseLongPort(argument));
  }
});

test('EPSV tells families, ALL and nonsense apart', () => {
  assert.deepEqual(
    [null, '', ' ', '1', '2', 'all', 'ALL '].map((argument) => parseExtendedPassive(argument)),
    ['default', 'default', 'default', 4, 6, 'all', 'all'],
  );
  refuses('not-supported', () => parseExtendedPassive('9'));
  refuses('invalid-argument', () => parseExtendedPassive('x'));
});

test('what is written is read again', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(
    fc.property(fc.ipV4(), port, (address, port) => {
      assert.deepEqual(parseHostPort(formatHostPort({ address, port })), { family: 4, address, port });
      assert.deepEqual(parsePassiveText(formatPassiveText({ address, port })), { family: 4, address, port });
    }),
    { seed: 959 },
  );
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), port, (text, port) => {
      const address = normalizeAddress(text);
      const expected = { family: address.includes(':') ? 6 : 4, address, port };
      assert.deepEqual(parseExtendedPort(formatExtendedPort({ address, port })), expected);
      assert.deepEqual(parseLongPort(formatLongPort({ address, port })), expected);
      assert.deepEqual(parseLongPassiveText(formatLongPassiveText({ address, port })), expected);
      assert.equal(parseExtendedPassiveText(formatExtendedPassiveText(port)), port);
    }),
    { seed: 2428 },
  );
  refuses('not-supported', () => formatHostPort({ address: '2001:db8::1', port: 1 }));
});

test('227 is found without relying on its punctuation', () => {
  const expected = { family: 4, address: '192.0.2.1', port: 1025 };
  const texts = ['Entering Passive Mode (192,0,2,1,4,1).', '=192,0,2,1,4,1', 'ok 192, 0, 2, 1, 4, 1'];
  for (const text of [...texts, 'Entering (-64,0,2,1,4,1)']) {
    assert.deepEqual(parsePassiveText(text), expected, text);
  }
  for (const text of ['', 'Entering Passive Mode', '(1,2,3,4,5)', '(1,2,3,4,5,999)', '(192,0,2,1,0,0)']) {
    refuses('protocol', () => parsePassiveText(text));
  }
});

test('229 is found with any delimiter and without parentheses', () => {
  const texts = [
    'Entering Extended Passive Mode (|||6446|)',
    'ok (!!!6446!)',
    'ok |||6446|',
    '(|1|192.0.2.1|6446|)',
  ];
  for (const text of [...texts, 'Extended Passive Mode (|2|::1|6446|).']) {
    assert.equal(parseExtendedPassiveText(text), 6446, text);
  }
  for (const text of ['', '(|||0|)', '(|||65536|)', '(|||x|)', '6446', '(||6446|)']) {
    refuses('protocol', () => parseExtendedPassiveText(text));
  }
});
