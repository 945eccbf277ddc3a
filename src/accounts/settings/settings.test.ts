import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { lookupAccountName } from '../account-name.ts';
import { checkSettings } from './check-settings.ts';
import { settle } from './effective.ts';
import { compileHours } from './hours.ts';
import { compileNetworks } from './networks.ts';
import { Problems, problemsOf } from './problems.ts';
import { noSettings, type SettingChanges, type Settings } from './settings.ts';

function problemsIn(changes: unknown): readonly string[] {
  const problems = new Problems();
  checkSettings(changes as SettingChanges, problems);
  try {
    problems.throwIfAny('keep the account');
    return [];
  } catch (thrown) {
    return problemsOf(thrown).map(({ field }) => field);
  }
}

test('every problem is told at once, each with its place', () => {
  const fields = problemsIn({
    home: 'relative',
    startDirectory: 'a\0',
    mounts: [
      { path: '/', directory: '/srv' },
      { path: '/a', directory: '/srv/../etc' },
      { path: '/b', directory: '/srv', other: 1 },
    ],
    rights: 'rwx',
    rules: [
      { path: '/', allow: 'z' },
      { path: '/' },
      { path: '/', allow: 'l', deny: 'l' },
      { path: '/../x', allow: 'l' },
    ],
    nameRules: [
      { names: ['a/b'], treatment: 'deny' },
      { names: [], treatment: 'hide' },
      { names: ['x'], treatment: 'no' },
    ],
    limits: { quotaBytes: -1, sessions: 1.5, volume: { uploadBytesPerDay: 'x' }, unknown: 1 },
    protocols: ['gopher'],
    requireTls: 'yes',
    minimumTlsVersion: 'TLSv1.1',
    allowedNetworks: ['10.0.0.0/33', 'fe80::1%eth0'],
    allowedHours: { timeZone: 'Mars/Olympus', ranges: [{ days: [], from: '8:00', to: '25:00' }] },
    loginMethods: [[], ['one-time-code'], ['tarot']],
    fxpNetworks: 'all',
    expiresAt: Number.NaN,
  });
  assert.deepEqual(
    fields.toSorted(),
    [
      'allowedHours.ranges[0].days',
      'allowedHours.ranges[0].from',
      'allowedHours.ranges[0].to',
      'allowedHours.timeZone',
      'allowedNetworks[0]',
      'allowedNetworks[1]',
      'expiresAt',
      'fxpNetworks',
      'home',
      'limits.quotaBytes',
      'limits.sessions',
      'limits.unknown',
      'limits.volume.uploadBytesPerDay',
      'loginMethods[0]',
      'loginMethods[1]',
      'loginMethods[2]',
      'loginMethods[2][0]',
      'minimumTlsVersion',
      'mounts[0].path',
      'mounts[1].directory',
      'mounts[2].other',
      'nameRules[0].names[0]',
      'nameRules[0]',
      'nameRules[1]',
      'nameRules[2].treatment',
      'protocols[0]',
      'requireTls',
      'rights',
      'rules[0].allow',
      'rules[1]',
      'rules[2]',
      'rules[3].path',
      'startDirectory',
    ].toSorted(),
  );
});

test('what is good is told nothing of, and kept in one form', () => {
  const problems = new Problems();
  const checked = checkSettings(
    {
      home: '/srv//%user%/',
      startDirectory: 'in/',
      mounts: [{ path: 'shared', directory: '%home%/shared' }],
      rules: [{ path: '/in', allow: 'wl' }],
      nameRules: [{ names: ['*.tmp'], treatment: 'hide' }],
      loginMethods: [['password', 'public-key']],
      limits: { quotaBytes: null, volume: { uploadBytesPerDay: 5 } },
    },
    problems,
  );
  problems.throwIfAny('keep it');
  assert.deepEqual(checked, {
    home: '/srv/%user%',
    startDirectory: '/in',
    mounts: [{ path: '/shared', directory: '%home%/shared', readOnly: false }],
    rules: [{ path: '/in', allow: ['list', 'upload', 'overwrite'], deny: [] }],
    nameRules: [{ names: ['*.tmp'], treatment: 'hide', within: '/' }],
    loginMethods: [['password', 'public-key']],
    limits: { quotaBytes: null, volume: { uploadBytesPerDay: 5 } },
  });
});

test('no JSON whatever makes the check throw anything of its own', () => {
  const value = fc.oneof(fc.jsonValue(), fc.record({ path: fc.jsonValue(), allow: fc.jsonValue() }));
  const changes = fc.dictionary(
    fc.constantFrom(...Object.keys(noSettings)),
    fc.oneof(value, fc.array(value)),
  );
  fc.assert(
    fc.property(changes, (given) => {
      problemsIn(given);
    }),
    { seed: 2, numRuns: 1000 },
  );
});

function settings(said: Partial<Settings>): Settings {
  return { ...noSettings, ...said };
}

test('the nearest that says something counts, limits one by one, mounts by their paths', () => {
  const { settings: found, origins } = settle(
    {
      name: 'anna',
      settings: settings({
        limits: { sessions: 2 },
        mounts: [{ path: '/a', directory: '/own', readOnly: false }],
      }),
    },
    [
      {
        name: 'staff',
        settings: settings({
          home: '/srv/%group%/%user%',
          limits: { sessions: 9, quotaBytes: 5, volume: { uploadBytesPerDay: null } },
          mounts: [
            { path: '/a', directory: '/theirs', readOnly: true },
            { path: '/b/%user%', directory: '%home%/b', readOnly: true },
          ],
        }),
      },
      {
        name: 'all',
        settings: settings({ limits: { quotaBytes: 7, volume: { uploadBytesPerDay: 3 } }, requireTls: true }),
      },
    ],
  );
  assert.equal(found.home, '/srv/staff/anna');
  assert.deepEqual([found.limits.sessions, found.limits.quotaBytes], [2, 5]);
  assert.equal(found.limits.volume.uploadBytesPerDay, null, 'a group nearer lifts the limit');
  assert.deepEqual(
    found.mounts.map(({ path, directory }) => [path, directory]),
    [
      ['/a', '/own'],
      ['/b/anna', '/srv/staff/anna/b'],
    ],
  );
  assert.deepEqual(origins['limits.quotaBytes'], { from: 'group', group: 'staff' });
  assert.deepEqual(origins['requireTls'], { from: 'group', group: 'all' });
  assert.deepEqual(origins['rights'], { from: 'default' });
  assert.equal(found.requireTls, true);
});

test('no name that an account can have leads out of the directory that a placeholder stands in', () => {
  const names = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom('..', '.', '%home%', '%group%', '$&', '$1', '-rf', 'a/../b', '\u2025', '\uff0e\uff0e'),
  );
  fc.assert(
    fc.property(names, (text) => {
      const name = lookupAccountName(text);
      if (name === null) return;
      const { settings: found } = settle(
        { name, settings: settings({ home: '/srv/%user%', startDirectory: '/%user%/in' }) },
        [],
      );
      assert.equal(found.home, `/srv/${name}`);
      assert.equal(found.home.split('/').length, 3);
      assert.equal(found.startDirectory, `/${name}/in`);
    }),
    { seed: 4, numRuns: 1000 },
  );
});

test('a name from a source that checks nothing is refused where it would lead elsewhere', () => {
  for (const name of ['..', '.', '', 'a/b', 'a\0']) {
    assert.throws(() => settle({ name, settings: settings({ home: '/srv/%user%' }) }, []), {
      code: 'name-invalid',
    });
  }
});

for (const [title, ranges, time, expected] of [
  ['within', [{ days: ['mon'], from: '08:00', to: '18:00' }], '2030-01-07T08:00:00Z', true],
  ['at the end', [{ days: ['mon'], from: '08:00', to: '18:00' }], '2030-01-07T18:00:00Z', false],
  ['another day', [{ days: ['mon'], from: '08:00', to: '18:00' }], '2030-01-08T10:00:00Z', false],
  ['over midnight, before', [{ days: ['sun'], from: '22:00', to: '06:00' }], '2030-01-06T23:00:00Z', true],
  ['over midnight, after', [{ days: ['sun'], from: '22:00', to: '06:00' }], '2030-01-07T05:59:00Z', true],
  [
    'over midnight, of another day',
    [{ days: ['mon'], from: '22:00', to: '06:00' }],
    '2030-01-07T05:00:00Z',
    false,
  ],
  ['all day', [{ days: ['mon'], from: '00:00', to: '24:00' }], '2030-01-07T23:59:59Z', true],
  ['none', [], '2030-01-07T12:00:00Z', false],
] as const) {
  test(`allowed hours: ${title}`, () => {
    assert.equal(compileHours({ timeZone: 'UTC', ranges })(Date.parse(time)), expected);
  });
}

test('allowed hours are those of their time zone, summer time included', () => {
  const inHours = compileHours({
    timeZone: 'Europe/Berlin',
    ranges: [{ days: ['mon'], from: '08:00', to: '09:00' }],
  });
  assert.equal(inHours(Date.parse('2030-01-07T07:30:00Z')), true);
  assert.equal(inHours(Date.parse('2030-07-01T06:30:00Z')), true);
  assert.equal(inHours(Date.parse('2030-07-01T07:30:00Z')), false);
});

test('networks take mapped addresses for what they are, and no text for an address', () => {
  const isIn = compileNetworks(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1', '192.0.2.1'])
    assert.ok(isIn(address), address);
  for (const address of ['11.0.0.1', '2001:db9::1', '192.0.2.2', '', 'x']) assert.ok(!isIn(address), address);
});
