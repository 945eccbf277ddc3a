import assert from 'node:assert/strict';
import { at, exists, get, names, put, refuses } from './harness.ts';
import type { ConformanceCase } from './harness.ts';

/** Attributes, copies and room. */
export const attributeCases: readonly ConformanceCase[] = [
  {
    title: 'times are set, each alone or both, and say how exact they are',
    needs: ({ setTimes }) => setTimes,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      await fileSystem.setAttributes(at('/a'), {
        modifiedAt: 1_000_000_000_000,
        accessedAt: 900_000_000_000,
      });
      let entry = await fileSystem.stat(at('/a'));
      assert.deepEqual([entry.modifiedAt, entry.accessedAt], [1_000_000_000_000, 900_000_000_000]);
      assert.equal(entry.modifiedPrecision, 'second');
      await fileSystem.setAttributes(at('/a'), { modifiedAt: 5000 });
      entry = await fileSystem.stat(at('/a'));
      assert.deepEqual([entry.modifiedAt, entry.accessedAt], [5000, 900_000_000_000]);
      await fileSystem.setAttributes(at('/a'), { accessedAt: 7000 });
      entry = await fileSystem.stat(at('/a'));
      assert.deepEqual([entry.modifiedAt, entry.accessedAt], [5000, 7000]);
      await fileSystem.makeDirectory(at('/d'));
      await fileSystem.setAttributes(at('/d'), { modifiedAt: 8000 });
      assert.equal((await fileSystem.stat(at('/d'))).modifiedAt, 8000);
    },
  },
  {
    title: 'times keep a fraction of a second, and those before 1970 their sign',
    needs: ({ setTimes }, { subsecondTimes }) => setTimes && subsecondTimes,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      await fileSystem.setAttributes(at('/a'), { modifiedAt: 1_000_000_000_123.5 });
      const entry = await fileSystem.stat(at('/a'));
      assert.ok(Math.abs((entry.modifiedAt ?? 0) - 1_000_000_000_123.5) < 0.001);
      assert.equal(entry.modifiedPrecision, 'subsecond');
      await fileSystem.setAttributes(at('/a'), { modifiedAt: -86_400_000 });
      assert.equal((await fileSystem.stat(at('/a'))).modifiedAt, -86_400_000);
    },
  },
  {
    title: 'modes are set, of files and directories, with the bits above them',
    needs: ({ setMode }, { modes }) => setMode && modes,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      await fileSystem.makeDirectory(at('/d'));
      await fileSystem.setAttributes(at('/a'), { mode: 0o640 });
      await fileSystem.setAttributes(at('/d'), { mode: 0o1750 });
      assert.equal((await fileSystem.stat(at('/a'))).mode, 0o640);
      assert.equal((await fileSystem.stat(at('/d'))).mode, 0o1750);
    },
  },
  {
    title: 'a new file has the mode that was asked for, less the mask; a replaced one keeps its own',
    needs: ({ setMode }, { modes }) => setMode && modes,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x', { mode: 0o600 });
      assert.equal((await fileSystem.stat(at('/a'))).mode, 0o600);
      await fileSystem.setAttributes(at('/a'), { mode: 0o4755 });
      await put(fileSystem, '/a', 'y', { mode: 0o666 });
      assert.equal((await fileSystem.stat(at('/a'))).mode, 0o755, 'set-user-ID does not outlive new content');
      const handle = await fileSystem.openWrite(at('/a'));
      await handle.setAttributes({ mode: 0o604 });
      await handle.finish();
      assert.equal((await fileSystem.stat(at('/a'))).mode, 0o604);
      await fileSystem.makeDirectory(at('/d'), { mode: 0o700 });
      assert.equal((await fileSystem.stat(at('/d'))).mode, 0o700);
    },
  },
  {
    title: 'the size is set, shorter and longer, of files alone',
    needs: ({ randomAccess }) => randomAccess,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', '0123456789');
      await fileSystem.setAttributes(at('/a'), { size: 3 });
      assert.equal(String(await get(fileSystem, '/a')), '012');
      await fileSystem.setAttributes(at('/a'), { size: 5 });
      assert.equal(String(await get(fileSystem, '/a')), '012\0\0');
      await fileSystem.makeDirectory(at('/d'));
      await refuses('is-directory', () => fileSystem.setAttributes(at('/d'), { size: 0 }));
    },
  },
  {
    title: 'the attributes of a link are its own on request',
    needs: ({ symlinks, setTimes }) => symlinks && setTimes,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      await fileSystem.createSymlink('a', at('/link'));
      await fileSystem.setAttributes(at('/a'), { modifiedAt: 1_000_000 });
      await fileSystem.setAttributes(at('/link'), { modifiedAt: 2_000_000 }, { followSymlink: false });
      assert.equal((await fileSystem.stat(at('/a'))).modifiedAt, 1_000_000);
      assert.equal((await fileSystem.stat(at('/link'), { followSymlink: false })).modifiedAt, 2_000_000);
      await fileSystem.setAttributes(at('/link'), { modifiedAt: 3_000_000 });
      assert.equal((await fileSystem.stat(at('/a'))).modifiedAt, 3_000_000);
      await refuses('not-supported', () =>
        fileSystem.setAttributes(at('/link'), { mode: 0o600 }, { followSymlink: false }),
      );
    },
  },
  {
    title: 'impossible attributes are refused, and of a missing name not-found',
    needs: ({ setMode, setTimes }) => setMode && setTimes,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      for (const attributes of [
        { mode: 0o10000 },
        { mode: -1 },
        { modifiedAt: NaN },
        { size: -1 },
        { userId: 1.5 },
      ]) {
        await refuses('invalid-argument', () => fileSystem.setAttributes(at('/a'), attributes));
      }
      await fileSystem.setAttributes(at('/a'), {});
      await refuses('not-found', () => fileSystem.setAttributes(at('/b'), { mode: 0o600 }));
    },
  },
  {
    title: 'copyFile copies the content; the target appears whole and is its own file',
    needs: ({ copy }) => copy,
    run: async (fileSystem) => {
      const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 13) & 0xff));
      await put(fileSystem, '/a', content);
      await fileSystem.copyFile(at('/a'), at('/b'));
      assert.deepEqual(await get(fileSystem, '/b'), content);
      await put(fileSystem, '/a', 'changed');
      assert.deepEqual(await get(fileSystem, '/b'), content);
      await fileSystem.copyFile(at('/a'), at('/b'));
      assert.equal(String(await get(fileSystem, '/b')), 'changed');
      assert.deepEqual(await names(fileSystem, '/'), ['a', 'b']);
    },
  },
  {
    title: 'copyFile refuses what is no file, a missing file, and a file onto itself',
    needs: ({ copy }) => copy,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      await fileSystem.makeDirectory(at('/d'));
      await refuses('is-directory', () => fileSystem.copyFile(at('/d'), at('/b')));
      await refuses('is-directory', () => fileSystem.copyFile(at('/a'), at('/d')));
      await refuses('not-found', () => fileSystem.copyFile(at('/missing'), at('/b')));
      await refuses('invalid-argument', () => fileSystem.copyFile(at('/a'), at('/a')));
      await refuses('aborted', () =>
        fileSystem.copyFile(at('/a'), at('/b'), { signal: AbortSignal.abort() }),
      );
      assert.equal(String(await get(fileSystem, '/a')), 'x');
      assert.equal(await exists(fileSystem, '/b'), false);
    },
  },
  {
    title: 'space tells sound numbers for a path that exists',
    needs: ({ space }) => space,
    run: async (fileSystem) => {
      const space = await fileSystem.space(at('/'));
      assert.ok(space.totalBytes > 0 && space.freeBytes <= space.totalBytes);
      assert.ok(space.availableBytes >= 0 && space.availableBytes <= space.freeBytes);
      assert.ok(space.blockSize > 0 && space.maximumNameLength > 0);
      assert.equal(space.readOnly, false);
      await refuses('not-found', () => fileSystem.space(at('/missing')));
    },
  },
];
