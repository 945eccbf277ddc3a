import assert from 'node:assert/strict';
import { at, exists, get, names, put, refuses } from './harness.ts';
import type { ConformanceCase } from './harness.ts';

const inPlace: NonNullable<ConformanceCase['needs']> = ({ randomAccess }) => randomAccess;

/** Uploads: when a file appears, what ends one, and what each disposition promises. */
export const writingCases: readonly ConformanceCase[] = [
  {
    title: 'replace: nothing is visible before finish, and everything after',
    run: async (fileSystem) => {
      const handle = await fileSystem.openWrite(at('/new'));
      assert.equal(handle.initialSize, 0);
      await handle.write(Buffer.from('content'), 0);
      assert.equal(await exists(fileSystem, '/new'), false);
      assert.deepEqual(await names(fileSystem, '/'), []);
      await handle.finish();
      assert.deepEqual(await names(fileSystem, '/'), ['new']);
      assert.equal(String(await get(fileSystem, '/new')), 'content');
    },
  },
  {
    title: 'replace: the old file stays whole until finish, and after abort',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'the old content');
      const given = await fileSystem.openWrite(at('/a'), { disposition: 'replace' });
      await given.write(Buffer.from('half'), 0);
      assert.equal(String(await get(fileSystem, '/a')), 'the old content');
      await given.abort();
      assert.equal(String(await get(fileSystem, '/a')), 'the old content');
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
      await put(fileSystem, '/a', 'new');
      assert.equal(String(await get(fileSystem, '/a')), 'new');
    },
  },
  {
    title: 'replace: a large file comes back as it went',
    run: async (fileSystem) => {
      const content = Buffer.from(
        Array.from({ length: 1_000_000 }, (_, index) => (index * 31 + (index >> 10)) & 0xff),
      );
      const handle = await fileSystem.openWrite(at('/large'));
      for (let position = 0; position < content.length; position += 50_000) {
        await handle.write(content.subarray(position, position + 50_000), position);
      }
      await handle.finish();
      assert.deepEqual(await get(fileSystem, '/large'), content);
    },
  },
  {
    title: 'replace: an upload of nothing is an empty file',
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'old');
      await (await fileSystem.openWrite(at('/a'))).finish();
      assert.equal((await fileSystem.stat(at('/a'))).size, 0);
    },
  },
  {
    title: 'replace: two uploads to one name never mix; the last to finish stays',
    run: async (fileSystem) => {
      const one = await fileSystem.openWrite(at('/a'));
      const two = await fileSystem.openWrite(at('/a'));
      for (let index = 0; index < 8; index += 1) {
        await Promise.all([
          one.write(Buffer.alloc(10_000, 0x31), index * 10_000),
          two.write(Buffer.alloc(10_000, 0x32), index * 10_000),
        ]);
      }
      await two.finish();
      assert.ok((await get(fileSystem, '/a')).every((octet) => octet === 0x32));
      await one.finish();
      const content = await get(fileSystem, '/a');
      assert.equal(content.length, 80_000);
      assert.ok(content.every((octet) => octet === 0x31));
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
    },
  },
  {
    title: 'replace: finish fails if the directory is gone, and if a directory took the name',
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/d'));
      const taken = await fileSystem.openWrite(at('/a'));
      await fileSystem.makeDirectory(at('/a'));
      await refuses('is-directory', () => taken.finish());
      assert.equal((await fileSystem.stat(at('/a'))).type, 'directory');
      assert.deepEqual(await names(fileSystem, '/'), ['a', 'd']);
    },
  },
  {
    title: 'create: an existing name is refused when opening and when finishing',
    run: async (fileSystem) => {
      const handle = await fileSystem.openWrite(at('/a'), { disposition: 'create' });
      await handle.write(Buffer.from('late'), 0);
      await put(fileSystem, '/a', 'first');
      await refuses('exists', () => handle.finish());
      assert.equal(String(await get(fileSystem, '/a')), 'first');
      await refuses('exists', () => fileSystem.openWrite(at('/a'), { disposition: 'create' }));
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
    },
  },
  {
    title: 'create: invisible until finish, gone after abort',
    run: async (fileSystem) => {
      const given = await fileSystem.openWrite(at('/a'), { disposition: 'create' });
      await given.write(Buffer.from('x'), 0);
      assert.equal(await exists(fileSystem, '/a'), false);
      await given.abort();
      assert.deepEqual(await names(fileSystem, '/'), []);
      await put(fileSystem, '/a', 'x', { disposition: 'create' });
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
    },
  },
  {
    title: 'create: of many at once exactly one wins',
    run: async (fileSystem) => {
      const handles = await Promise.all(
        Array.from({ length: 8 }, async () => fileSystem.openWrite(at('/a'), { disposition: 'create' })),
      );
      const results = await Promise.allSettled(handles.map(async (handle) => handle.finish()));
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
    },
  },
  {
    title: 'update: writes in place, truncates nothing, keeps what was written after abort',
    needs: inPlace,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', '0123456789');
      const handle = await fileSystem.openWrite(at('/a'), { disposition: 'update' });
      assert.equal(handle.initialSize, 10);
      await handle.write(Buffer.from('abc'), 4);
      assert.equal(String(await get(fileSystem, '/a')), '0123abc789');
      await handle.abort();
      assert.equal(String(await get(fileSystem, '/a')), '0123abc789');
    },
  },
  {
    title: 'update: makes a missing file, which is visible at once',
    needs: inPlace,
    run: async (fileSystem) => {
      const handle = await fileSystem.openWrite(at('/a'), { disposition: 'update' });
      assert.equal(handle.initialSize, 0);
      assert.equal((await fileSystem.stat(at('/a'))).size, 0);
      await handle.write(Buffer.from('x'), 0);
      await handle.finish();
      assert.equal(String(await get(fileSystem, '/a')), 'x');
    },
  },
  {
    title: 'update: appends at the end that it found',
    needs: inPlace,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'one ');
      const handle = await fileSystem.openWrite(at('/a'), { disposition: 'update' });
      await handle.write(Buffer.from('two'), handle.initialSize);
      await handle.finish();
      assert.equal(String(await get(fileSystem, '/a')), 'one two');
    },
  },
  {
    title: 'update: a second writer in place is busy until the first has ended',
    needs: inPlace,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      const update = { disposition: 'update' } as const;
      const first = await fileSystem.openWrite(at('/a'), update);
      await refuses('busy', () => fileSystem.openWrite(at('/a'), update));
      await first.finish();
      const second = await fileSystem.openWrite(at('/a'), update);
      await refuses('busy', () => fileSystem.openWrite(at('/a'), update));
      await second.abort();
      await (await fileSystem.openWrite(at('/a'), update)).abort();
    },
  },
  {
    title: 'update: reads only if opened for it',
    needs: inPlace,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'abc');
      const target = Buffer.alloc(3);
      const deaf = await fileSystem.openWrite(at('/a'), { disposition: 'update' });
      await refuses('not-supported', () => deaf.read(target, 0));
      await deaf.finish();
      const both = await fileSystem.openWrite(at('/a'), { disposition: 'update', readable: true });
      await both.write(Buffer.from('Z'), 1);
      assert.equal(await both.read(target, 0), 3);
      assert.equal(String(target), 'aZc');
      assert.equal(await both.read(target, 3), 0);
      await both.finish();
      await refuses('invalid-argument', () => fileSystem.openWrite(at('/b'), { readable: true }));
    },
  },
  {
    title: 'a gap before the written octets reads as zeros',
    needs: inPlace,
    run: async (fileSystem) => {
      const handle = await fileSystem.openWrite(at('/a'));
      await handle.write(Buffer.from('end'), 100_000);
      await handle.write(Buffer.from('start'), 0);
      await handle.finish();
      const expected = Buffer.alloc(100_003);
      expected.write('start', 0);
      expected.write('end', 100_000);
      assert.deepEqual(await get(fileSystem, '/a'), expected);
    },
  },
  {
    title: 'truncate cuts and extends; what was cut does not come back',
    needs: inPlace,
    run: async (fileSystem) => {
      const handle = await fileSystem.openWrite(at('/a'));
      await handle.write(Buffer.from('0123456789'), 0);
      await handle.truncate(4);
      assert.equal((await handle.stat()).size, 4);
      await handle.truncate(6);
      await handle.finish();
      assert.equal(String(await get(fileSystem, '/a')), '0123\0\0');
    },
  },
  {
    title: 'a handle tells of its file and changes its attributes',
    needs: ({ setTimes }) => setTimes,
    run: async (fileSystem) => {
      const handle = await fileSystem.openWrite(at('/a'));
      await handle.write(Buffer.from('12345'), 0);
      const entry = await handle.stat();
      assert.equal(entry.type, 'file');
      assert.equal(entry.size, 5);
      assert.equal(entry.name, 'a');
      await handle.setAttributes({ modifiedAt: 1_000_000_000_000 });
      await handle.sync();
      await handle.finish();
      assert.equal((await fileSystem.stat(at('/a'))).modifiedAt, 1_000_000_000_000);
    },
  },
  {
    title: 'after finish or abort a handle refuses everything but another abort',
    run: async (fileSystem) => {
      for (const ending of ['finish', 'abort'] as const) {
        const handle = await fileSystem.openWrite(at('/a'));
        await handle[ending]();
        await refuses('closed', () => handle.write(Buffer.from('x'), 0));
        await refuses('closed', () => handle.truncate(0));
        await refuses('closed', () => handle.stat());
        await refuses('closed', () => handle.setAttributes({}));
        await refuses('closed', () => handle.sync());
        await refuses('closed', () => handle.read(Buffer.alloc(1), 0));
        await refuses('closed', () => handle.finish());
        await handle.abort();
      }
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
    },
  },
  {
    title: 'a position or size that is none is refused',
    run: async (fileSystem) => {
      const handle = await fileSystem.openWrite(at('/a'));
      for (const number of [-1, 1.5, NaN, Infinity]) {
        await refuses('invalid-argument', () => handle.write(Buffer.from('x'), number));
        await refuses('invalid-argument', () => handle.truncate(number));
      }
      await handle.abort();
    },
  },
  {
    title: 'writing over a read file, and reading while writing, do not disturb each other',
    needs: inPlace,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'aaaa');
      const reader = await fileSystem.openRead(at('/a'));
      const writer = await fileSystem.openWrite(at('/a'), { disposition: 'update' });
      await writer.write(Buffer.from('bb'), 4);
      const target = Buffer.alloc(10);
      assert.equal(await reader.read(target, 0), 6);
      await writer.truncate(1);
      assert.equal(await reader.read(target, 0), 1);
      assert.equal(await reader.read(target, 4), 0);
      await reader.close();
      await writer.finish();
    },
  },
];
