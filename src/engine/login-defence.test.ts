import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { LoginDefenceLimits } from './login-defence.ts';
import { LoginDefence } from './login-defence.ts';

const address = '192.0.2.1';
const other = '198.51.100.1';

function defenceWith(limits: Partial<LoginDefenceLimits> = {}, randomNumber = 0.5) {
  const clock = { nowMs: 1000 };
  const defence = new LoginDefence({ ...limits, now: () => clock.nowMs, random: () => randomNumber });
  return { clock, defence };
}

function open(defence: LoginDefence, from = address): void {
  assert.deepEqual(defence.admit(from), { admitted: true, reason: null });
}

test('each failure of a network is answered later than the last, up to a cap', () => {
  const { clock, defence } = defenceWith({ halfLifeMs: 1e12, largestDelayMs: 4000 });
  const delays = Array.from({ length: 6 }, () => {
    const delayMs = defence.failed(address, 'anna');
    clock.nowMs += delayMs;
    return Math.round(delayMs);
  });
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 4000, 4000]);
});

test('guessing on many connections at once is no faster than on one', () => {
  const { defence } = defenceWith({ halfLifeMs: 1e12 });
  const delays = Array.from({ length: 4 }, () => defence.failed(address, 'anna'));
  assert.deepEqual(delays, [500, 1500, 3500, 7500]);
});

test('another network is not delayed, whatever name it logs in with', () => {
  const { defence } = defenceWith();
  for (let count = 0; count < 5; count += 1) defence.failed(address, 'anna');
  assert.equal(defence.failed(other, 'anna'), 500);
});

test('the addresses of one IPv6 /64 are one network', () => {
  const { defence } = defenceWith({ halfLifeMs: 1e12 });
  defence.failed('2001:db8::1', 'anna');
  assert.equal(defence.failed('2001:db8::2', 'anna'), 1500);
  assert.equal(defence.failed('2001:db8:0:1::2', 'anna'), 500);
});

test('failures fade with time', () => {
  const { clock, defence } = defenceWith({ halfLifeMs: 1000 });
  defence.failed(address, 'anna');
  defence.failed(address, 'anna');
  clock.nowMs += 60_000;
  assert.equal(Math.round(defence.failed(address, 'anna')), 500);
});

test('a network that piled up too much is refused until its penalty is served, and never longer than the cap', () => {
  const { clock, defence } = defenceWith({ largestPenaltyMs: 20_000 });
  for (let count = 0; count < 50; count += 1) defence.failed(address, `user${count}`);
  assert.deepEqual(defence.admit(address), { admitted: false, reason: 'penalty' });
  open(defence, other);
  clock.nowMs += 20_000;
  open(defence);
});

test('a success forgives what that user mistyped, not the guesses at other names', () => {
  const { clock, defence } = defenceWith({ halfLifeMs: 1e12 });
  for (let count = 0; count < 3; count += 1) clock.nowMs += defence.failed(address, 'victim');
  clock.nowMs += defence.failed(address, 'anna');
  defence.succeeded(address, 'anna');
  assert.equal(Math.round(defence.failed(address, 'victim')), 4000);
});

test('a success after typing errors leaves nothing in memory', () => {
  const { defence } = defenceWith();
  defence.failed(address, 'anna');
  assert.equal(defence.load.networks, 1);
  defence.succeeded(other, 'anna');
  defence.succeeded(address);
  assert.equal(defence.load.networks, 1);
  defence.succeeded(address, 'anna');
  assert.equal(defence.load.networks, 0);
});

test('half-open connections of one network are capped, and places come back', () => {
  const { defence } = defenceWith({ halfOpenPerNetwork: 2 });
  open(defence);
  open(defence);
  assert.deepEqual(defence.admit(address), { admitted: false, reason: 'half-open-network' });
  open(defence, other);
  defence.settled(address);
  open(defence);
  assert.deepEqual(defence.admit(address), { admitted: false, reason: 'half-open-network' });
  for (const from of [address, address, other]) defence.settled(from);
  assert.equal(defence.load.halfOpen, 0);
});

test('a connection that was never admitted gives back no place', () => {
  const { defence } = defenceWith();
  defence.settled(address);
  assert.equal(defence.load.halfOpen, 0);
});

test('of all half-open connections some are dropped at random, then all', () => {
  const limits = { halfOpenStart: 10, halfOpenFull: 20 };
  const { defence } = defenceWith(limits, 0.49);
  for (let index = 0; index < 15; index += 1) open(defence, `10.0.0.${index}`);
  assert.deepEqual(defence.admit(other), { admitted: false, reason: 'half-open-early-drop' });
  const lucky = defenceWith(limits, 0.999).defence;
  for (let index = 0; index < 20; index += 1) open(lucky, `10.0.0.${index}`);
  assert.deepEqual(lucky.admit(other), { admitted: false, reason: 'half-open-full' });
});

test('an exempt address is neither delayed nor refused', () => {
  const defence = new LoginDefence({ halfOpenPerNetwork: 1, exempt: (from) => from === address });
  open(defence);
  open(defence);
  assert.equal(defence.failed(address, 'anna'), 0);
  assert.equal(defence.failed(other, 'anna'), 500);
});

test('whatever comes, memory stays within its bounds and delays within theirs', () => {
  const step = fc.record({
    network: fc.integer({ min: 0, max: 30 }),
    user: fc.string({ maxLength: 100 }),
    what: fc.constantFrom('failed', 'succeeded', 'end'),
    passedMs: fc.integer({ min: 0, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { clock, defence } = defenceWith({ networks: 8, usersPerNetwork: 2 });
      for (const { network, user, what, passedMs } of steps) {
        clock.nowMs += passedMs;
        const from = `10.0.0.${network}`;
        if (!defence.admit(from).admitted) continue;
        if (what === 'failed') {
          const delayMs = defence.failed(from, user);
          assert.ok(delayMs >= 500 && delayMs <= 60_000);
        } else if (what === 'succeeded') defence.succeeded(from, user);
        defence.settled(from);
        assert.ok(defence.load.networks <= 8);
        assert.equal(defence.load.halfOpen, 0);
      }
    }),
    { seed: 5 },
  );
});
