import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { scratch } from '#test/cli/wherry-process.ts';
import { BanList, type BanListOptions } from '#server/bans/ban-list.ts';
import { SqliteBanStore, temporaryBanStore } from '#server/bans/ban-store.ts';
import { AutomaticBans } from '#server/bans/automatic-bans.ts';
import { openStateDatabase } from '#server/state/state-database.ts';

/** Clocks that a test moves. */
class Clocks {
  wall = Date.parse('2026-11-21T12:00:00Z');
  monotonic = 1000;

  pass(milliseconds: number): void {
    this.wall += milliseconds;
    this.monotonic += milliseconds;
  }
}

function listOf(clocks: Clocks, options: Partial<BanListOptions> = {}): BanList {
  return new BanList({
    store: temporaryBanStore,
    now: () => clocks.wall,
    monotonicNow: () => clocks.monotonic,
    ...options,
  });
}

function durable(t: TestContext, directory: string, clocks: Clocks): { bans: BanList; close: () => void } {
  const database = openStateDatabase(join(directory, 'state.db'));
  t.after(() => {
    database.close();
  });
  const bans = listOf(clocks, { store: new SqliteBanStore(database) });
  return {
    bans,
    close: () => {
      database.close();
    },
  };
}

const forever = { reason: 'test', durationMs: null } as const;

test('a ban holds for the network and no other address, in either spelling', () => {
  const bans = listOf(new Clocks());
  bans.add({ network: '198.51.100.77/24', ...forever });
  bans.add({ network: '2001:DB8:1::/48', ...forever });
  bans.add({ network: '::ffff:203.0.113.9', ...forever });
  for (const banned of [
    '198.51.100.0',
    '198.51.100.255',
    '::ffff:198.51.100.3',
    '2001:db8:1:2::3',
    '203.0.113.9',
  ]) {
    assert.notEqual(bans.refusal(banned), null, banned);
  }
  for (const free of [
    '198.51.101.0',
    '198.51.99.255',
    '2001:db8:2::1',
    '203.0.113.8',
    'not an address',
    '',
  ]) {
    assert.equal(bans.refusal(free), null, free);
  }
  assert.deepEqual(
    bans
      .list()
      .map(({ network }) => network)
      .toSorted(),
    ['198.51.100.0/24', '2001:db8:1::/48', '203.0.113.9'],
  );
});

test('whatever is banned, loopback and allowed networks come in', () => {
  const bans = listOf(new Clocks(), { allowed: ['198.51.100.0/28'] });
  bans.add({ network: '198.51.100.0/24', ...forever });
  bans.allow('198.51.100.200', 'the office');
  assert.equal(bans.refusal('198.51.100.5'), null);
  assert.equal(bans.refusal('198.51.100.200'), null);
  assert.notEqual(bans.refusal('198.51.100.201'), null);
  bans.disallow('198.51.100.200');
  assert.notEqual(bans.refusal('198.51.100.200'), null);
  for (const loopback of ['127.0.0.1', '127.0.0.0/8', '127.3.4.0/24', '::1', '::ffff:127.0.0.1']) {
    assert.throws(() => bans.add({ network: loopback, ...forever }), { code: 'invalid-argument' }, loopback);
  }
});

test('nothing as wide as the world can be banned, by whatever spelling', () => {
  const bans = listOf(new Clocks());
  for (const wide of ['0.0.0.0/0', '::/0', '::ffff:0.0.0.0/96', '10.0.0.0/11', '2000::/3', '2001::/23']) {
    assert.throws(() => bans.add({ network: wide, ...forever }), { code: 'invalid-argument' }, wide);
  }
  for (const none of ['', 'x', '1.2.3', '1.2.3.4/33', '1.2.3.4/', '::/129', '1.2.3.4/8/8', '1.2.3.4 5']) {
    assert.throws(() => bans.add({ network: none, ...forever }), { code: 'invalid-argument' }, none);
  }
  assert.equal(bans.size, 0);
});

test('property: an address is refused exactly when a ban covers it', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const address = fc.tuple(fc.constantFrom(10, 172), octet, octet, octet);
  const network = fc.tuple(address, fc.integer({ min: 12, max: 32 }));
  const asNumber = (octets: readonly number[]): bigint =>
    octets.reduce((sum, value) => sum * 256n + BigInt(value), 0n);
  fc.assert(
    fc.property(
      fc.array(network, { maxLength: 20 }),
      fc.array(address, { maxLength: 50 }),
      (networks, addresses) => {
        const bans = listOf(new Clocks());
        for (const [octets, length] of networks)
          bans.add({ network: `${octets.join('.')}/${length}`, ...forever });
        for (const octets of addresses) {
          const covered = networks.some(
            ([base, length]) =>
              asNumber(base) >> BigInt(32 - length) === asNumber(octets) >> BigInt(32 - length),
          );
          assert.equal(bans.find(octets.join('.')) !== null, covered, octets.join('.'));
        }
        for (const { network: text } of bans.list()) bans.remove(text);
        assert.equal(bans.size, 0);
      },
    ),
    { seed: 20_261_121 },
  );
});

test('a ban ends by the clock that nobody sets, over restarts too', (t) => {
  const directory = scratch(t);
  const clocks = new Clocks();
  const first = durable(t, directory, clocks);
  first.bans.add({ network: '198.51.100.1', reason: 'short', durationMs: 60_000 });
  first.bans.add({ network: '198.51.100.2', ...forever });
  clocks.wall += 365 * 86_400_000;
  assert.notEqual(first.bans.refusal('198.51.100.1'), null, 'a clock set forward frees nobody');
  clocks.wall -= 2 * 365 * 86_400_000;
  clocks.pass(59_000);
  assert.notEqual(first.bans.refusal('198.51.100.1'), null);
  first.close();
  const second = durable(t, directory, clocks);
  assert.notEqual(second.bans.refusal('198.51.100.1'), null);
  clocks.pass(60_001);
  assert.equal(
    second.bans.refusal('198.51.100.1'),
    null,
    'a clock set back makes no ban longer than it was meant',
  );
  assert.notEqual(second.bans.refusal('198.51.100.2'), null);
  second.close();
  const third = durable(t, directory, clocks);
  assert.deepEqual(
    third.bans.list().map(({ network, reason }) => ({ network, reason })),
    [{ network: '198.51.100.2', reason: 'test' }],
  );
});

test('automatic bans go to who goes on offending, grow, and have a cap', () => {
  const clocks = new Clocks();
  const bans = listOf(clocks, { limits: { automatic: 2 } });
  const automatic = new AutomaticBans(bans, {
    limits: { score: 5, firstMs: 1000 },
    now: () => clocks.monotonic,
  });
  const offend = (remoteAddress: string, score: number): void => {
    automatic.note({ kind: 'failed-login', remoteAddress, network: remoteAddress, score });
  };
  offend('198.51.100.1', 4.9);
  assert.equal(bans.size, 0);
  offend('198.51.100.1', 5);
  assert.equal(bans.find('198.51.100.1')?.source, 'automatic');
  clocks.pass(1001);
  assert.equal(bans.find('198.51.100.1'), null);
  offend('198.51.100.1', 5);
  clocks.pass(1500);
  assert.notEqual(bans.find('198.51.100.1'), null, 'the second lasts twice as long');
  offend('198.51.100.2', 9);
  offend('198.51.100.3', 9);
  assert.equal(bans.find('198.51.100.3'), null, 'there are as many as there may be');
  assert.equal(bans.automaticSize, 2);
  bans.add({ network: '198.51.100.4', ...forever });
  assert.notEqual(bans.find('198.51.100.4'), null, 'an administrator still may');
});

test('nobody can have the others behind his address banned, nor who is allowed', () => {
  const clocks = new Clocks();
  const bans = listOf(clocks, { allowed: ['192.0.2.0/24'] });
  const automatic = new AutomaticBans(bans, { now: () => clocks.monotonic });
  const offend = (remoteAddress: string): void => {
    automatic.note({ kind: 'failed-login', remoteAddress, network: remoteAddress, score: 100 });
  };
  automatic.loggedIn('198.51.100.1');
  for (const spared of ['198.51.100.1', '127.0.0.1', '::1', '192.0.2.9']) offend(spared);
  assert.equal(bans.size, 0);
  clocks.pass(3_600_001);
  offend('198.51.100.1');
  assert.equal(bans.size, 1, 'an hour after the last login the address is like any other');
});

test('a ban without end of a full disk is told, and nothing is half done', () => {
  const bans = listOf(new Clocks(), {
    store: {
      ...temporaryBanStore,
      saveBan: () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
    },
  });
  assert.throws(() => bans.add({ network: '198.51.100.1', ...forever }));
  assert.equal(bans.refusal('198.51.100.1'), null);
});
