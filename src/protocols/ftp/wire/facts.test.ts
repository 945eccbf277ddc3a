import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WherryError } from '#core/errors.ts';
import type { Entry } from '#core/entry.ts';
import { decodeName, encodeName } from '#core/name-encoding.ts';
import { formatFactFeature, formatFactSelection, parseFactSelection } from './fact-selection.ts';
import { createFactFormatter, defaultFacts, factNames, formatRights, type FactName } from './facts.ts';
import { encodeListing } from './listing-name.ts';
import { parseFactLine } from './parse-facts.ts';

const file: Entry = {
  name: 'a.txt',
  type: 'file',
  size: 12,
  modifiedAt: Date.UTC(2024, 1, 29, 1, 2, 3, 45),
  modifiedPrecision: 'second',
  accessedAt: null,
  createdAt: Date.UTC(2025, 0, 1),
  mode: 0o4755,
  userId: 1000,
  groupId: 100,
  owner: 'alice',
  group: 'users',
  links: 1,
  device: 35,
  inode: 36 ** 4,
  linkTarget: null,
};

const all = new Set<FactName>(factNames);
const format = createFactFormatter(all, { permOf: () => 'adfrw' });

test('all facts of a file', () => {
  assert.equal(
    format(file),
    'type=file;size=12;modify=20240229010203;create=20240229010203;perm=adfrw;unique=0zU010000;' +
      'UNIX.mode=4755;UNIX.owner=alice;UNIX.group=users;UNIX.uid=1000;UNIX.gid=100; a.txt',
  );
});

test('a time has a fraction only where its source had one', () => {
  const modify = createFactFormatter(new Set(['modify']));
  assert.equal(modify({ ...file, modifiedPrecision: 'subsecond' }), 'modify=20240229010203.045; a.txt');
  assert.equal(modify(file), 'modify=20240229010203; a.txt');
});

test('what is not known is left out, and without facts the name still follows a space', () => {
  const bare: Entry = { ...file, size: null, modifiedAt: null, createdAt: null, mode: null, device: null };
  const nobody: Entry = { ...bare, owner: 'two words', group: 'a;b', userId: null, groupId: null };
  assert.equal(createFactFormatter(all)(nobody), 'type=file; a.txt');
  assert.equal(createFactFormatter(new Set())(file), ' a.txt');
});

test('types are told by kind and role', () => {
  const type = createFactFormatter(new Set(['type', 'size']));
  const directory: Entry = { ...file, type: 'directory' };
  const link: Entry = { ...file, type: 'symlink', size: null, linkTarget: '../x' };
  assert.equal(type(directory), 'type=dir; a.txt');
  assert.equal(type(directory, { role: 'current', name: '.' }), 'type=cdir; .');
  assert.equal(type(directory, { role: 'parent', name: '..' }), 'type=pdir; ..');
  assert.equal(type(link), 'type=OS.unix=slink:../x; a.txt');
  assert.equal(type({ ...link, linkTarget: 'a b' }), 'type=OS.unix=slink; a.txt');
  assert.equal(type({ ...link, linkTarget: 'a\r\nb' }), 'type=OS.unix=slink; a.txt');
  assert.equal(type({ ...file, type: 'other', size: null }), 'type=OS.unix=special; a.txt');
});

test('hard links are equal in unique and different files are not', () => {
  const unique = createFactFormatter(new Set(['unique']));
  const seen = [1, 36, 1295, 1296, 2 ** 40, Number.MAX_SAFE_INTEGER].flatMap((inode) =>
    [0, 1, 36].map((device) => unique({ ...file, device, inode })),
  );
  assert.equal(new Set(seen).size, seen.length);
  assert.equal(unique({ ...file, name: 'a.txt' }), unique(file));
});

test('letters of perm stand in the order of the RFC', () => {
  assert.equal(formatRights({ write: true, append: true, rename: true }), 'afw');
  assert.equal(formatRights({}), '');
  const every = { append: true, create: true, delete: true, enter: true, rename: true, list: true };
  assert.equal(
    formatRights({ ...every, makeDirectory: true, purge: true, retrieve: true, write: true }),
    'acdeflmprw',
  );
});

test('a name can never make a second line', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), (octets) => {
      const line = format({ ...file, name: decodeName(octets) });
      assert.doesNotMatch(line, /[\0\r\n]/);
      const plain = octets.every((octet) => octet !== 0 && octet !== 10 && octet !== 13);
      if (plain) assert.deepEqual(encodeName(line.slice(line.indexOf(' ') + 1)), Buffer.from(octets));
    }),
    { seed: 3659, numRuns: 500 },
  );
});

test('a batch of lines is encoded like its lines, also where a name is not UTF-8', () => {
  const lines = ['a\r\n', 'ä\r\n', `${decodeName(Uint8Array.of(0xff, 0x80))}\r\n`];
  assert.deepEqual(encodeListing(lines), Buffer.concat(lines.map((line) => encodeName(line))));
  assert.deepEqual(encodeListing(['ä\r\n']), Buffer.from('ä\r\n'));
});

test('what is written is read again', () => {
  const name = fc.string({ minLength: 1 }).filter((text) => !/[\0\r\n]/.test(text));
  fc.assert(
    fc.property(
      name,
      fc.constantFrom('file' as const, 'directory' as const),
      fc.nat(2 ** 31),
      fc.nat(2 ** 31),
      (name, type, size, seconds) => {
        const entry = {
          ...file,
          name,
          type,
          size: type === 'file' ? size : null,
          modifiedAt: seconds * 1000,
        };
        const parsed = parseFactLine(format(entry));
        const known = { createdAt: parsed?.entry.createdAt, links: null, device: null, inode: null };
        assert.deepEqual(parsed?.entry, { ...entry, ...known });
        assert.equal(parsed?.role, 'entry');
        assert.equal(parsed?.perm, 'adfrw');
      },
    ),
    { seed: 3659, numRuns: 500 },
  );
});

test('lines of other servers are read leniently', () => {
  const parsed = parseFactLine(
    'Type=OS.unix=slink:/a=b;SIZE=7;Modify=20240101000000.25;UNIX.mode=0644  x; y=z',
  );
  assert.equal(parsed?.entry.name, ' x; y=z');
  assert.equal(parsed?.entry.type, 'symlink');
  assert.equal(parsed?.entry.linkTarget, '/a=b');
  assert.equal(parsed?.entry.size, 7);
  assert.equal(parsed?.entry.modifiedPrecision, 'subsecond');
  assert.equal(parsed?.entry.mode, 0o644);
  assert.equal(parseFactLine('type=cdir; .')?.role, 'current');
  assert.equal(parseFactLine('type=pdir;sizd=4096; ..')?.entry.size, 4096);
  assert.equal(parseFactLine('size=-1;modify=2024; x')?.entry.size, null);
  assert.equal(parseFactLine('type=constructor; x')?.entry.type, 'other');
  assert.equal(parseFactLine(';;=file;type;=;SIZE=5;size6;unix.mode=0600 x')?.entry.size, 5);
  assert.equal(parseFactLine(';;=file;type;=;SIZE=5;size6;unix.mode=0600 x')?.entry.mode, 0o600);
  assert.equal(parseFactLine(' name')?.entry.name, 'name');
  assert.equal(parseFactLine('type=file;'), null);
  assert.equal(parseFactLine('type=file; '), null);
});

test('OPTS MLST takes a list, ignores what it does not know, and refuses spaces', () => {
  const selected = parseFactSelection('SIZE;frogs;unix.MODE;', all);
  assert.deepEqual([...selected], ['size', 'UNIX.mode']);
  assert.equal(formatFactSelection(selected), 'MLST OPTS size;UNIX.mode;');
  assert.equal(formatFactSelection(parseFactSelection(null, all)), 'MLST OPTS');
  assert.equal(formatFactSelection(parseFactSelection('perm', new Set(['type']))), 'MLST OPTS');
  assert.equal(formatFactFeature(new Set(['type', 'size']), new Set(['size'])), 'MLST type;size*;');
  assert.ok(defaultFacts.has('type'));
  assert.throws(
    () => parseFactSelection('size; type;', all),
    (thrown) => thrown instanceof WherryError && thrown.code === 'invalid-argument',
  );
});
