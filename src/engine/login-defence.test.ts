import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { LoginDefenceLimits, PendingLogin } from './login-defence.ts';
import { LoginDefence } from './login-defence.ts';

const address = '192.0.2.1';
const other = '198.51.100.1';

function defenceWith(limits: Partial<LoginDefenceLimits> = {}, randomNumber = 0.5) {
  const clock = { nowMs: 1000 };
  const defence = new LoginDefence({ limits, now: () => clock.nowMs, random: () => randomNumber });
  return { clock, defence };
}

function open(defence: LoginDefence, from = address): PendingLogin {
  const admission = defence.admit(from);
  assert.ok(admission.admitted);
  return admission.login;
}

test('each failure of a network is answered later than the last, up to a cap', () => {
  const { clock, defence } = defenceWith({
    halfLifeMs: 1e12,
    largestDelayMs: 4000,
    failuresPerConnection: 100,
  });
  const login = open(defence);
  const delays = Array.from({ length: 6 }, () => {
    const { delayMs } = login.failed('anna');
    clock.nowMs += delayMs;
    return Math.round(delayMs);
  });
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 4000, 4000]);
});

test('guessing on many connections at once is no faster than on one', () => {
  const { defence } = defenceWith({ halfLifeMs: 1e12 });
  const logins = Array.from({ length: 4 }, () => open(defence));
  assert.deepEqual(
    logins.map((login) => login.failed('anna').delayMs),
    [500, 1500, 3500, 7500],
  );
});

test('another network is not delayed, whatever name it logs in with', () => {
  const { defence } = defenceWith();
  for (let count = 0; count < 5; count += 1) open(defence).failed('anna');
  assert.equal(open(defence, other).failed('anna').delayMs, 500);
});

test('the addresses of one IPv6 /64 are one network', () => {
  const { defence } = defenceWith({ halfLifeMs: 1e12 });
  open(defence, '2001:db8::1').failed('anna');
  assert.equal(open(defence, '2001:db8::2').failed('anna').delayMs, 1500);
  assert.equal(open(defence, '2001:db8:0:1::2').failed('anna').delayMs, 500);
});

test('failures fade with time', () => {
  const { clock, defence } = defenceWith({ halfLifeMs: 1000 });
  const login = open(defence);
  login.failed('anna');
  login.failed('anna');
  clock.nowMs += 60_000;
  assert.equal(Math.round(login.failed('anna').delayMs), 500);
});

test('a network that piled up too much is refused until its penalty is served, and never longer than the cap', () => {
  const { clock, defence } = defenceWith({ largestPenaltyMs: 20_000 });
  for (let count = 0; count < 50; count += 1) {
    const admission = defence.admit(address);
    if (admission.admitted) admission.login.failed(`user${count}`);
  }
  assert.deepEqual(defence.admit(address), { admitted: false, reason: 'penalty' });
  assert.ok(defence.admit(other).admitted);
  clock.nowMs += 20_000;
  assert.ok(defence.admit(address).admitted);
});

test('a connection is to be closed after its number of failures, also when they were spread over successes', () => {
  const { defence } = defenceWith({ failuresPerConnection: 3 });
  const login = open(defence);
  assert.equal(login.failed('anna').close, false);
  login.succeeded('anna');
  assert.equal(login.failed('anna').close, false);
  assert.equal(login.failed('anna').close, true);
  assert.equal(open(defence).failed('anna').close, false);
});

test('a success forgives what that user mistyped, not the guesses at other names', () => {
  const { clock, defence } = defenceWith({ halfLifeMs: 1e12, failuresPerConnection: 100 });
  const login = open(defence);
  for (let count = 0; count < 3; count += 1) clock.nowMs += login.failed('victim').delayMs;
  clock.nowMs += login.failed('anna').delayMs;
  login.succeeded('anna');
  assert.equal(Math.round(login.failed('victim').delayMs), 4000);
});

test('a success after typing errors leaves nothing in memory', () => {
  const { defence } = defenceWith();
  const login = open(defence);
  login.failed('anna');
  assert.equal(defence.load.networks, 1);
  login.succeeded('anna');
  assert.equal(defence.load.networks, 0);
});

test('half-open connections of one network are capped, and places come back once', () => {
  const { defence } = defenceWith({ halfOpenPerNetwork: 2 });
  const first = open(defence);
  const second = open(defence);
  assert.deepEqual(defence.admit(address), { admitted: false, reason: 'half-open-network' });
  assert.ok(defence.admit(other).admitted);
  first.end();
  first.end();
  first.succeeded('anna');
  open(defence);
  assert.deepEqual(defence.admit(address), { admitted: false, reason: 'half-open-network' });
  second.succeeded('anna');
  open(defence);
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

test('an exempt address is neither delayed nor refused, but its connections are closed all the same', () => {
  const limits = { halfOpenPerNetwork: 1, failuresPerConnection: 2 };
  const defence = new LoginDefence({ limits, exempt: (from) => from === address });
  open(defence);
  const login = open(defence);
  assert.deepEqual(login.failed('anna'), { delayMs: 0, close: false });
  assert.deepEqual(login.failed('anna'), { delayMs: 0, close: true });
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
        const admission = defence.admit(`10.0.0.${network}`);
        if (!admission.admitted) continue;
        if (what === 'failed') {
          const { delayMs } = admission.login.failed(user);
          assert.ok(delayMs >= 500 && delayMs <= 60_000);
        } else if (what === 'succeeded') admission.login.succeeded(user);
        admission.login.end();
        assert.ok(defence.load.networks <= 8);
        assert.equal(defence.load.halfOpen, 0);
      }
    }),
    { seed: 5 },
  );
});
