import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceNetwork } from './source-network.ts';

const rows: readonly (readonly [string, string])[] = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['1:2:3', '1:2:3'],
];

for (const [address, network] of rows) {
  test(`${address} counts as ${network}`, () => {
    assert.equal(sourceNetwork(address), network);
  });
}

test('two addresses of one /64 are one network and those of two are two', () => {
  assert.equal(sourceNetwork('2001:db8:0:1::5'), sourceNetwork('2001:db8:0:1:ffff::9'));
  assert.notEqual(sourceNetwork('2001:db8:0:1::5'), sourceNetwork('2001:db8:0:2::5'));
});

test('text that is no address is cut, so that it cannot fill memory', () => {
  assert.equal(sourceNetwork('x'.repeat(1000)).length, 64);
});
