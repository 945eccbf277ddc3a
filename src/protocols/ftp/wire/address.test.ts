import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  classifyAddress,
  formatAddress,
  networkContains,
  normalizeAddress,
  parseAddress,
  parseNetwork,
  sameAddress,
} from './address.ts';

test('addresses take their canonical form', () => {
  const forms = {
    '192.0.2.1': '192.0.2.1',
    '::ffff:192.0.2.1': '192.0.2.1',
    '::FFFF:7f00:1': '127.0.0.1',
    'fe80::1%eth0': 'fe80::1',
    '2001:DB8:0:0:0:0:0:1': '2001:db8::1',
    '1:0:0:2:0:0:0:3': '1:0:0:2::3',
    '1:0:2:3:4:5:6:7': '1:0:2:3:4:5:6:7',
    '::': '::',
    '1::': '1::',
    '::1.2.3.4': '::102:304',
  };
  for (const [text, canonical] of Object.entries(forms))
    assert.equal(normalizeAddress(text), canonical, text);
});

test('text that is no address is refused', () => {
  const bad = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.-4',
    ' 1.2.3.4',
    '0x7f.1.1.1',
    ':::',
  ];
  bad.push(
    '1:2:3',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    '::12345',
    '::g',
    '1.2.3.4::',
    ':1',
  );
  bad.push('1:2:3:4:5:6:7:8::', `${'0:'.repeat(1000)}1`);
  for (const text of bad) assert.equal(parseAddress(text), null, text);
});

test('every address survives being written and read', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const address = parseAddress(text);
      assert.ok(address !== null, text);
      assert.deepEqual(parseAddress(formatAddress(address)), address);
      assert.ok(sameAddress(text, formatAddress(address)));
    }),
    { seed: 2428, numRuns: 1000 },
  );
});

test('the last IPv6 group pattern of eight elided groups reads like its long form', () => {
  assert.deepEqual(parseAddress('1:2:3:4:5:6:7::'), parseAddress('1:2:3:4:5:6:7:0'));
});

test('kinds follow the registries', () => {
  const kinds = {
    '8.8.8.8': 'public',
    '0.0.0.0': 'unspecified',
    '127.1.2.3': 'loopback',
    '::ffff:127.0.0.1': 'loopback',
    '10.0.0.1': 'private',
    '172.31.255.255': 'private',
    '172.32.0.0': 'public',
    '100.64.0.1': 'private',
    '169.254.169.254': 'link-local',
    '224.0.0.1': 'multicast',
    '255.255.255.255': 'reserved',
    '::': 'unspecified',
    '::1': 'loopback',
    'fe80::1': 'link-local',
    'fd00::1': 'private',
    'ff02::1': 'multicast',
    '2001:db8::1': 'reserved',
    '2a00:1450::1': 'public',
  };
  for (const [text, kind] of Object.entries(kinds)) {
    const address = parseAddress(text);
    assert.equal(address === null ? null : classifyAddress(address), kind, text);
  }
});

test('networks hold what shares their prefix', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['192.168.1.128/25', '192.168.1.127', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '::2', false],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['192.0.2.7', '192.0.2.7', true],
  ];
  for (const [network, address, expected] of cases) {
    const [left, right] = [parseNetwork(network), parseAddress(address)];
    assert.ok(left !== null && right !== null);
    assert.equal(networkContains(left, right), expected, `${network} ${address}`);
  }
  for (const bad of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'x/8', '::/129', '::ffff:10.0.0.0/8']) {
    assert.equal(parseNetwork(bad), null, bad);
  }
});
