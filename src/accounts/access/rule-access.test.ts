import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fullAccess, noAccess, permissions, type Permission } from '#core/permission.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { settle } from '../settings/effective.ts';
import { noSettings, type AccessRule, type Settings } from '../settings/settings.ts';
import { compileGlob } from './glob.ts';
import { accessOf, explainAccess } from './policy-of.ts';
import { parsePermissions } from './permission-letters.ts';
import { RuleAccess, type SourcedRule } from './rule-access.ts';

const at = (path: string) => resolveVirtualPath(rootPath, path);

function settings(said: Partial<Settings>): Settings {
  return { ...noSettings, ...said };
}

function rule(path: string, allow: string, deny = ''): AccessRule {
  return { path, allow: parsePermissions(allow), deny: parsePermissions(deny) };
}

test('letters, names and all are read as rights', () => {
  assert.deepEqual(parsePermissions('elr'), ['list', 'download', 'checksum']);
  assert.deepEqual(parsePermissions('elradfmwMT').length, 12);
  assert.deepEqual(parsePermissions('all'), permissions);
  assert.deepEqual(parsePermissions(['symlink', 'list']), ['list', 'symlink']);
  assert.deepEqual(parsePermissions('delete, rename'), ['delete', 'rename']);
  assert.deepEqual(parsePermissions(''), []);
  for (const wrong of ['x', 'elrz', 'everything', 'constructor']) {
    assert.throws(() => parsePermissions(wrong), { code: 'invalid-argument' });
  }
});

test('the first rule that says something of a right decides, the account before its groups in their order', () => {
  const settled = settle(
    { name: 'anna', settings: settings({ rights: 'none', rules: [rule('/in', 'l', 'd')] }) },
    [
      { name: 'first', settings: settings({ rules: [rule('/in', 'wd'), rule('/', 'r')] }) },
      { name: 'second', settings: settings({ rules: [rule('/', 'l', 'r')] }) },
    ],
  );
  const access = accessOf(settled);
  const told = (permission: Permission, path: string) => {
    const { allowed, rule: why } = access.decide(permission, at(path));
    return `${allowed ? 'yes' : 'no'}: ${why}`;
  };
  assert.equal(told('delete', '/in/a'), 'no: rule 1 of the account (/in)');
  assert.equal(told('upload', '/in/a'), 'yes: rule 1 of the group first (/in)');
  assert.equal(told('download', '/in/a'), 'yes: rule 2 of the group first (/)');
  assert.equal(told('list', '/elsewhere'), 'yes: rule 1 of the group second (/)');
  assert.equal(told('rename', '/in/a'), 'no: the account has no rights');
  assert.equal(access.uniform, undefined);
  const explained = new Map(explainAccess(settled, at('/in/a')).map((row) => [row.permission, row]));
  assert.equal(explained.size, permissions.length);
  assert.deepEqual(explained.get('upload')?.origin, { from: 'group', group: 'first' });
  assert.deepEqual(explained.get('rename')?.origin, { from: 'account' });
  assert.equal(explained.get('rename')?.pattern, null);
});

test('without rules the rights are the same everywhere, and a server that only reads takes the rest', () => {
  const plain = settle({ name: 'anna', settings: noSettings }, []);
  assert.equal(accessOf(plain), fullAccess);
  assert.equal(accessOf(plain, { readOnly: true }).uniform, true);
  const granted = settle(
    { name: 'anna', settings: settings({ rights: 'none', rules: [rule('/', 'all')] }) },
    [],
  );
  const access = accessOf(granted, { readOnly: true });
  assert.equal(access.decide('download', at('/a')).allowed, true);
  assert.deepEqual(access.decide('upload', at('/a')), { allowed: false, rule: 'the server is read-only' });
});

test('an account with rules makes links only where a rule says so', () => {
  const rules = [rule('/secret', '', 'all'), rule('/own', 'symlink')];
  const access = accessOf(settle({ name: 'a', settings: settings({ rules }) }, []));
  assert.equal(access.decide('symlink', at('/in/link')).allowed, false);
  assert.equal(access.decide('symlink', at('/own/link')).allowed, true);
  assert.equal(access.decide('upload', at('/in/file')).allowed, true);
});

test('what is explained is what is decided, with rules and without', () => {
  for (const rules of [[], [rule('/own', 'symlink')]]) {
    const settled = settle({ name: 'a', settings: settings({ rules }) }, []);
    for (const readOnly of [false, true]) {
      const access = accessOf(settled, { readOnly });
      for (const path of [at('/file'), at('/own/file')]) {
        for (const { permission, allowed } of explainAccess(settled, path, { readOnly })) {
          assert.equal(allowed, access.decide(permission, path).allowed, `${permission} ${path}`);
        }
      }
    }
  }
});

test('a read-only mount takes rights that a rule grants', () => {
  const mounts = [{ path: '/archive*', directory: '/srv/archive', readOnly: true }];
  const access = accessOf(
    settle({ name: 'a', settings: settings({ mounts, rules: [rule('/', 'all')] }) }, []),
  );
  assert.equal(access.decide('delete', at('/archive*/x')).allowed, false);
  assert.equal(access.decide('delete', at('/archive2/x')).allowed, true, 'a mount is no pattern');
});

test('the name of a user is no pattern in a rule', () => {
  const rules = [rule('/home/%user%', 'all')];
  const access = accessOf(settle({ name: '*', settings: settings({ rights: 'none', rules }) }, []));
  assert.equal(access.decide('list', at('/home/*')).allowed, true);
  assert.equal(access.decide('list', at('/home/anna')).allowed, false);
});

test('what is remembered of directories changes no answer', () => {
  const patterns = ['/', '/a', '/a/*', '/a/**', '**/b', '/*/b', 'c', '/a/b/c', '/{a,b}/c', '/a/**/c'];
  const anyRule = fc.record({
    path: fc.constantFrom(...patterns),
    allow: fc.boolean(),
  });
  const anyPath = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 5 })
    .map((names) => at(`/${names.join('/')}`));
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 8 }), fc.array(anyPath, { maxLength: 12 }), (given, paths) => {
      const rules = given.map(({ path, allow }, index): SourcedRule => ({
        path,
        allow: allow ? ['list'] : [],
        deny: allow ? [] : ['list'],
        origin: { from: 'account' },
        number: index + 1,
      }));
      const base = { policy: noAccess, origin: { from: 'default' } } as const;
      const access = new RuleAccess(rules, base);
      for (const path of paths) {
        const names = path.split('/').filter((name) => name !== '');
        const first = given.find(({ path: pattern }) =>
          compileGlob(pattern).some((glob) =>
            Array.from({ length: names.length + 1 }, (_, length) => names.slice(0, length)).some(
              (start) => (glob.depth ?? start.length) === start.length && glob.fits({ names: start }),
            ),
          ),
        );
        assert.equal(access.decide('list', path).allowed, first?.allow ?? false, path);
      }
    }),
    { seed: 9, numRuns: 500 },
  );
});
