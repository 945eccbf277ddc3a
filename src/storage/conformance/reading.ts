import assert from 'node:assert/strict';
import { at, get, list, names, put, putMany, refuses } from './harness.ts';
import type { ConformanceCase } from './harness.ts';

const aborted = AbortSignal.abort();

/** Examining, listing and reading. */
export const readingCases: readonly ConformanceCase[] = [
  {
    title: 'the root is a directory that exists from the start and is empty',
    run: async (fileSystem) => {
      assert.equal((await fileSystem.stat(at('/'))).type, 'directory');
      assert.deepEqual(await list(fileSystem, '/'), []);
    },
  },
  {
    title: 'stat tells type, size, time and name of a file',
    run: async (fileSystem) => {
      await put(fileSystem, '/a.txt', 'hello');
      const entry = await fileSystem.stat(at('/a.txt'));
      assert.equal(entry.name, 'a.txt');
      assert.equal(entry.type, 'file');
      assert.equal(entry.size, 5);
      assert.equal(entry.linkTarget, null);
      assert.ok(entry.modifiedAt !== null && Math.abs(entry.modifiedAt - Date.now()) < 86_400_000);
    },
  },
  {
    title: 'a name that does not exist is not-found, for every operation that needs it',
    run: async (fileSystem) => {
      const missing = at('/missing');
      await refuses('not-found', () => fileSystem.stat(missing));
      await refuses('not-found', () => fileSystem.openRead(missing));
      await refuses('not-found', () => list(fileSystem, '/missing'));
      await refuses('not-found', () => fileSystem.removeFile(missing));
      await refuses('not-found', () => fileSystem.removeDirectory(missing));
      await refuses('not-found', () => fileSystem.rename(missing, at('/other')));
      await refuses('not-found', () => fileSystem.stat(at('/missing/below')));
      await refuses('not-found', () => put(fileSystem, '/missing/below', 'x'));
      await refuses('not-found', () => fileSystem.makeDirectory(at('/missing/below')));
    },
  },
  {
    title: 'a file in the middle of a path is not-directory',
    run: async (fileSystem) => {
      await put(fileSystem, '/file', 'x');
      await refuses('not-directory', () => fileSystem.stat(at('/file/below')));
      await refuses('not-directory', () => fileSystem.openRead(at('/file/below')));
      await refuses('not-directory', () => put(fileSystem, '/file/below', 'x'));
      await refuses('not-directory', () => fileSystem.makeDirectory(at('/file/below')));
      await refuses('not-directory', () => list(fileSystem, '/file'));
    },
  },
  {
    title: 'a directory is not opened as a file',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/directory'));
      await refuses('is-directory', () => fileSystem.openRead(at('/directory')));
      await refuses('is-directory', () => fileSystem.openWrite(at('/directory')));
      await refuses('is-directory', () => fileSystem.openRead(at('/')));
      await refuses('is-directory', () => fileSystem.openWrite(at('/')));
      await refuses(['is-directory', 'exists'], () =>
        fileSystem.openWrite(at('/directory'), { disposition: 'create' }),
      );
    },
  },
  {
    title: 'a listing tells each entry once, without . and ..',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/d'));
      await fileSystem.makeDirectory(at('/d/sub'));
      await put(fileSystem, '/d/one', '1');
      await put(fileSystem, '/d/.hidden', '22');
      await put(fileSystem, '/d/sub/below', 'x');
      const entries = await list(fileSystem, '/d');
      const told = entries.map(({ name, type }) => `${name} ${type}`).sort();
      assert.deepEqual(told, ['.hidden file', 'one file', 'sub directory']);
      assert.equal(entries.find(({ name }) => name === '.hidden')?.size, 2);
    },
  },
  {
    title: 'a listing agrees with stat',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'content');
      await fileSystem.makeDirectory(at('/b'));
      for (const listed of await list(fileSystem, '/')) {
        const { accessedAt: _listed, ...entry } = listed;
        const { accessedAt: _examined, ...examined } = await fileSystem.stat(at(`/${listed.name}`));
        assert.deepEqual(entry, examined);
      }
    },
  },
  {
    title: 'a large directory comes whole, in batches',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/many'));
      const expected = Array.from({ length: 2500 }, (_, index) => `entry ${String(index).padStart(5, '0')}`);
      await putMany(fileSystem, '/many', expected);
      assert.deepEqual(await names(fileSystem, '/many'), expected);
    },
  },
  {
    title: 'a listing that is left early leaves the file system usable',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', '1');
      await put(fileSystem, '/b', '2');
      for await (const batch of fileSystem.readDirectory(at('/'))) {
        assert.ok(batch.length > 0);
        break;
      }
      assert.deepEqual(await names(fileSystem, '/'), ['a', 'b']);
    },
  },
  {
    title: 'reading fills the target from any position and gives 0 only at the end',
    needs: ({ randomAccess }) => randomAccess,
    run: async (fileSystem) => {
      const content = Buffer.from(
        Array.from({ length: 200_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff),
      );
      await put(fileSystem, '/data', content);
      assert.deepEqual(await get(fileSystem, '/data'), content);
      const handle = await fileSystem.openRead(at('/data'));
      assert.equal(handle.entry.size, content.length);
      assert.equal(handle.entry.name, 'data');
      const target = Buffer.alloc(100_000, 0xee);
      assert.equal(await handle.read(target, 65_530), 100_000);
      assert.deepEqual(target, content.subarray(65_530, 165_530));
      assert.equal(await handle.read(target, 199_990), 10);
      assert.deepEqual(target.subarray(0, 10), content.subarray(199_990));
      assert.equal(await handle.read(target, 200_000), 0);
      assert.equal(await handle.read(target, 10_000_000), 0);
      assert.equal(await handle.read(Buffer.alloc(0), 0), 0);
      await handle.close();
    },
  },
  {
    title: 'an empty file is a file of no octets',
    run: async (fileSystem) => {
      await put(fileSystem, '/empty', '');
      assert.equal((await fileSystem.stat(at('/empty'))).size, 0);
      assert.equal((await get(fileSystem, '/empty')).length, 0);
    },
  },
  {
    title: 'a closed handle refuses to read, and closing twice is harmless',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      const handle = await fileSystem.openRead(at('/a'));
      await handle.close();
      await handle.close();
      await refuses('closed', () => handle.read(Buffer.alloc(1), 0));
    },
  },
  {
    title: 'a position that is no position is refused',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      const handle = await fileSystem.openRead(at('/a'));
      for (const position of [-1, 0.5, NaN, Infinity]) {
        await refuses('invalid-argument', () => handle.read(Buffer.alloc(1), position));
      }
      await handle.close();
    },
  },
  {
    title: 'closing while a read is under way waits for it',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', Buffer.alloc(300_000, 0x61));
      const handle = await fileSystem.openRead(at('/a'));
      const target = Buffer.alloc(300_000);
      const read = handle.read(target, 0);
      await handle.close();
      const count = await read;
      assert.ok(target.subarray(0, count).every((octet) => octet === 0x61));
    },
  },
  {
    title: 'a file removed or replaced while it is read stays readable to the end',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'the old content');
      const handle = await fileSystem.openRead(at('/a'));
      await put(fileSystem, '/a', 'new');
      await fileSystem.removeFile(at('/a'));
      const target = Buffer.alloc(100);
      assert.equal(await handle.read(target, 0), 15);
      assert.equal(target.toString('latin1', 0, 15), 'the old content');
      await handle.close();
    },
  },
  {
    title: 'an operation whose signal has fired is aborted and does nothing',
    run: async (fileSystem) => {
      const options = { signal: aborted };
      await put(fileSystem, '/a', 'x');
      await refuses('aborted', () => fileSystem.stat(at('/a'), options));
      await refuses('aborted', () => drain(fileSystem.readDirectory(at('/'), options)));
      await refuses('aborted', () => fileSystem.openRead(at('/a'), options));
      await refuses('aborted', () => fileSystem.openWrite(at('/b'), options));
      await refuses('aborted', () => fileSystem.makeDirectory(at('/b'), options));
      await refuses('aborted', () => fileSystem.removeFile(at('/a'), options));
      await refuses('aborted', () => fileSystem.removeDirectory(at('/a'), options));
      await refuses('aborted', () => fileSystem.rename(at('/a'), at('/b'), options));
      await refuses('aborted', () => fileSystem.setAttributes(at('/a'), { mode: 0 }, options));
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
    },
  },
  {
    title: 'a listing stops when its signal fires between batches',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/many'));
      await putMany(
        fileSystem,
        '/many',
        Array.from({ length: 5000 }, (_, index) => String(index)),
      );
      const controller = new AbortController();
      await refuses('aborted', async () => {
        for await (const batch of fileSystem.readDirectory(at('/many'), { signal: controller.signal })) {
          assert.ok(batch.length < 5000, 'one batch held everything');
          controller.abort();
        }
      });
    },
  },
];

async function drain(batches: AsyncIterable<unknown>): Promise<void> {
  for await (const batch of batches) assert.fail(`listed ${String(batch)}`);
}
