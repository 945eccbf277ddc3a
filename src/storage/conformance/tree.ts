import assert from 'node:assert/strict';
import { decodeName } from '#core/name-encoding.ts';
import { at, exists, get, names, put, refuses } from './harness.ts';
import type { ConformanceCase } from './harness.ts';

const awkwardNames = [
  ' leading and trailing ',
  'two  spaces',
  '"quoted"',
  "it's",
  'back\\slash',
  'line\nfeed',
  'tab\tand\rreturn',
  '-rf',
  '*?[a-z]{b,c}',
  '$HOME `id` %2e%2e',
  '...',
  '.hidden',
  'Grüße',
  '日本語',
  '👩‍👩‍👧',
  'e\u0301',
  '\u00e9',
  'CON',
  'a:b',
  'constructor',
  '__proto__',
];

/** Making, removing and moving, and the names that all of it must bear. */
export const treeCases: readonly ConformanceCase[] = [
  {
    title: 'makeDirectory makes one level and refuses a taken name',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/a'));
      await fileSystem.makeDirectory(at('/a/b'));
      assert.equal((await fileSystem.stat(at('/a/b'))).type, 'directory');
      await refuses('exists', () => fileSystem.makeDirectory(at('/a')));
      await put(fileSystem, '/file', 'x');
      await refuses('exists', () => fileSystem.makeDirectory(at('/file')));
      await refuses('exists', () => fileSystem.makeDirectory(at('/')));
    },
  },
  {
    title: 'removeDirectory removes an empty directory and nothing else',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/a'));
      await put(fileSystem, '/a/file', 'x');
      await refuses('not-empty', () => fileSystem.removeDirectory(at('/a')));
      await refuses('not-directory', () => fileSystem.removeDirectory(at('/a/file')));
      await fileSystem.removeFile(at('/a/file'));
      await fileSystem.removeDirectory(at('/a'));
      assert.equal(await exists(fileSystem, '/a'), false);
    },
  },
  {
    title: 'removeFile removes a file and no directory',
    run: async (fileSystem) => {
      await put(fileSystem, '/file', 'x');
      await fileSystem.makeDirectory(at('/d'));
      await refuses('is-directory', () => fileSystem.removeFile(at('/d')));
      await fileSystem.removeFile(at('/file'));
      assert.deepEqual(await names(fileSystem, '/'), ['d']);
    },
  },
  {
    title: 'the root is neither removed nor moved nor replaced',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      await refuses('permission', () => fileSystem.removeDirectory(at('/')));
      await refuses('is-directory', () => fileSystem.removeFile(at('/')));
      await refuses('permission', () => fileSystem.rename(at('/'), at('/b')));
      await refuses('permission', () => fileSystem.rename(at('/a'), at('/')));
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
    },
  },
  {
    title: 'rename moves a file, and replaces another at once',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/d'));
      await put(fileSystem, '/a', 'a');
      await put(fileSystem, '/d/b', 'b');
      await fileSystem.rename(at('/a'), at('/d/b'));
      assert.deepEqual(await names(fileSystem, '/'), ['d']);
      assert.equal(String(await get(fileSystem, '/d/b')), 'a');
      await fileSystem.rename(at('/d/b'), at('/d/b'));
      assert.equal(String(await get(fileSystem, '/d/b')), 'a');
    },
  },
  {
    title: 'rename without overwrite refuses any taken name, for files and directories',
    run: async (fileSystem) => {
      const options = { overwrite: false };
      await put(fileSystem, '/a', 'a');
      await put(fileSystem, '/b', 'b');
      await fileSystem.makeDirectory(at('/d'));
      await fileSystem.makeDirectory(at('/e'));
      await put(fileSystem, '/d/inside', 'x');
      await refuses('exists', () => fileSystem.rename(at('/a'), at('/b'), options));
      await refuses('exists', () => fileSystem.rename(at('/a'), at('/d'), options));
      await refuses('exists', () => fileSystem.rename(at('/d'), at('/e'), options));
      await refuses('exists', () => fileSystem.rename(at('/d'), at('/b'), options));
      await fileSystem.rename(at('/a'), at('/c'), options);
      await fileSystem.rename(at('/d'), at('/f'), options);
      assert.deepEqual(await names(fileSystem, '/'), ['b', 'c', 'e', 'f']);
      assert.deepEqual(await names(fileSystem, '/f'), ['inside']);
      assert.equal(String(await get(fileSystem, '/b')), 'b');
    },
  },
  {
    title: 'rename without overwrite: of many to one name exactly one wins, and none is lost',
    run: async (fileSystem) => {
      const sources = Array.from({ length: 8 }, (_, index) => `/source${index}`);
      for (const source of sources) await put(fileSystem, source, source);
      const results = await Promise.allSettled(
        sources.map(async (source) => fileSystem.rename(at(source), at('/target'), { overwrite: false })),
      );
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      const left = await names(fileSystem, '/');
      assert.equal(left.length, 8);
      const content = String(await get(fileSystem, '/target'));
      assert.ok(!left.includes(content.slice(1)), 'the winner was moved, the others stayed');
    },
  },
  {
    title: 'rename moves a directory with all in it; into itself it is invalid-argument',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/a'));
      await fileSystem.makeDirectory(at('/a/b'));
      await put(fileSystem, '/a/b/file', 'x');
      for (const overwrite of [true, false]) {
        await refuses('invalid-argument', () => fileSystem.rename(at('/a'), at('/a/b/c'), { overwrite }));
        await refuses('invalid-argument', () => fileSystem.rename(at('/a'), at('/a/c'), { overwrite }));
      }
      assert.deepEqual(await names(fileSystem, '/a'), ['b']);
      await fileSystem.rename(at('/a'), at('/z'));
      assert.deepEqual(await names(fileSystem, '/'), ['z']);
      assert.equal(String(await get(fileSystem, '/z/b/file')), 'x');
    },
  },
  {
    title: 'rename does not put unlike things in each other’s place',
    run: async (fileSystem) => {
      await put(fileSystem, '/file', 'x');
      await fileSystem.makeDirectory(at('/empty'));
      await fileSystem.makeDirectory(at('/full'));
      await put(fileSystem, '/full/inside', 'y');
      await refuses('is-directory', () => fileSystem.rename(at('/file'), at('/empty')));
      await refuses('not-directory', () => fileSystem.rename(at('/empty'), at('/file')));
      await refuses('not-empty', () => fileSystem.rename(at('/empty'), at('/full')));
      await refuses('not-found', () => fileSystem.rename(at('/file'), at('/missing/file')));
      await fileSystem.rename(at('/full'), at('/empty'));
      assert.deepEqual(await names(fileSystem, '/'), ['empty', 'file']);
      assert.deepEqual(await names(fileSystem, '/empty'), ['inside']);
    },
  },
  {
    title: 'awkward names live through every operation',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/d'));
      for (const name of awkwardNames) await put(fileSystem, `/d/${name}`, name);
      assert.deepEqual(await names(fileSystem, '/d'), awkwardNames.toSorted());
      for (const name of awkwardNames) {
        const path = at(`/d/${name}`);
        assert.equal((await fileSystem.stat(path)).name, name);
        assert.equal(String(await get(fileSystem, path)), name);
        await fileSystem.rename(path, at('/moved'));
        await fileSystem.makeDirectory(path);
        await fileSystem.removeDirectory(path);
        await fileSystem.rename(at('/moved'), path, { overwrite: false });
        await fileSystem.removeFile(path);
      }
      assert.deepEqual(await names(fileSystem, '/d'), []);
    },
  },
  {
    title: 'names that are not UTF-8 come back octet for octet',
    needs: (_, { invalidUtf8Names }) => invalidUtf8Names,
    run: async (fileSystem) => {
      const odd = [Buffer.from([0x66, 0xff, 0x80]), Buffer.from([0xc3]), Buffer.from([0xed, 0xa0, 0x80])].map(
        decodeName,
      );
      for (const name of odd) {
        await fileSystem.makeDirectory(at(`/${name}`));
        await put(fileSystem, `/${name}/${name}`, 'x');
        assert.deepEqual(await names(fileSystem, `/${name}`), [name]);
        assert.equal((await fileSystem.stat(at(`/${name}/${name}`))).name, name);
        await fileSystem.rename(at(`/${name}/${name}`), at(`/${name}/plain`));
        await fileSystem.rename(at(`/${name}/plain`), at(`/${name}/${name}`), { overwrite: false });
        assert.equal(String(await get(fileSystem, `/${name}/${name}`)), 'x');
      }
      assert.deepEqual(await names(fileSystem, '/'), odd.toSorted());
    },
  },
  {
    title: 'a name of 255 octets is kept, one of 256 is name-too-long',
    run: async (fileSystem) => {
      for (const longest of ['n'.repeat(255), `${'ü'.repeat(127)}x`]) {
        await put(fileSystem, `/${longest}`, 'x');
        assert.equal((await fileSystem.stat(at(`/${longest}`))).name, longest);
        const tooLong = at(`/${longest}n`);
        await refuses('name-too-long', () => fileSystem.stat(tooLong));
        await refuses('name-too-long', () => put(fileSystem, tooLong, 'x'));
        await refuses('name-too-long', () => fileSystem.makeDirectory(tooLong));
        await refuses('name-too-long', () => fileSystem.rename(at(`/${longest}`), tooLong));
        await fileSystem.removeFile(at(`/${longest}`));
      }
    },
  },
  {
    title: 'errors carry the virtual path',
    run: async (fileSystem) => {
      await assert.rejects(async () => fileSystem.stat(at('/no/such')), { path: '/no/such' });
      await assert.rejects(async () => fileSystem.removeFile(at('/no')), { path: '/no' });
    },
  },
];
