import assert from 'node:assert/strict';
import { decodeName } from '#core/name-encoding.ts';
import { at, exists, get, list, names, put, refuses } from './harness.ts';
import type { ConformanceCase } from './harness.ts';

const symlinks: NonNullable<ConformanceCase['needs']> = (capabilities) => capabilities.symlinks;

/** Symbolic and hard links. */
export const linkCases: readonly ConformanceCase[] = [
  {
    title: 'a link is followed by default and examined on request',
    needs: symlinks,
    run: async (fileSystem) => {
      await put(fileSystem, '/file', '12345');
      await fileSystem.createSymlink('file', at('/link'));
      const followed = await fileSystem.stat(at('/link'));
      assert.deepEqual([followed.name, followed.type, followed.size], ['link', 'file', 5]);
      const itself = await fileSystem.stat(at('/link'), { followSymlink: false });
      assert.deepEqual([itself.name, itself.type, itself.linkTarget], ['link', 'symlink', 'file']);
      assert.equal(await fileSystem.readSymlink(at('/link')), 'file');
      assert.equal(String(await get(fileSystem, '/link')), '12345');
      await refuses('invalid-argument', () => fileSystem.readSymlink(at('/file')));
      await refuses('invalid-argument', () => fileSystem.readSymlink(at('/')));
      await refuses('not-found', () => fileSystem.readSymlink(at('/missing')));
    },
  },
  {
    title: 'listings show links, or on request what they lead to',
    needs: symlinks,
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/d'));
      await put(fileSystem, '/d/file', '123');
      await fileSystem.createSymlink('file', at('/d/good'));
      await fileSystem.createSymlink('missing', at('/d/dangling'));
      await fileSystem.createSymlink('/d', at('/d/up'));
      const types = (entries: Awaited<ReturnType<typeof list>>): string[] =>
        entries.map(({ name, type, linkTarget }) => `${name} ${type} ${linkTarget}`).sort();
      assert.deepEqual(types(await list(fileSystem, '/d')), [
        'dangling symlink missing',
        'file file null',
        'good symlink file',
        'up symlink /d',
      ]);
      assert.deepEqual(types(await list(fileSystem, '/d', { followSymlinks: true })), [
        'dangling symlink missing',
        'file file null',
        'good file null',
        'up directory null',
      ]);
    },
  },
  {
    title: 'a link to a directory leads through in the middle of a path',
    needs: symlinks,
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/a'));
      await fileSystem.makeDirectory(at('/a/b'));
      await fileSystem.createSymlink('a/b', at('/link'));
      await put(fileSystem, '/link/file', 'x');
      assert.deepEqual(await names(fileSystem, '/a/b'), ['file']);
      assert.deepEqual(await names(fileSystem, '/link'), ['file']);
      await fileSystem.rename(at('/link/file'), at('/link/moved'));
      await fileSystem.removeFile(at('/link/moved'));
      await refuses('not-directory', () => fileSystem.removeDirectory(at('/link')));
      await fileSystem.removeFile(at('/link'));
      assert.deepEqual(await names(fileSystem, '/'), ['a']);
    },
  },
  {
    title: 'absolute and climbing links end at the root of the tree',
    needs: symlinks,
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/d'));
      await put(fileSystem, '/top', 'at the top');
      await fileSystem.createSymlink('/top', at('/d/absolute'));
      await fileSystem.createSymlink('../../../../top', at('/d/climbing'));
      await fileSystem.createSymlink('..', at('/d/parent'));
      await fileSystem.createSymlink('/', at('/d/root'));
      await fileSystem.createSymlink('/etc/passwd', at('/d/outside'));
      await fileSystem.createSymlink('../../../etc', at('/d/climbing-out'));
      assert.equal(String(await get(fileSystem, '/d/absolute')), 'at the top');
      assert.equal(String(await get(fileSystem, '/d/climbing')), 'at the top');
      assert.deepEqual(await names(fileSystem, '/d/parent'), ['d', 'top']);
      assert.deepEqual(await names(fileSystem, '/d/root'), ['d', 'top']);
      await refuses('not-found', () => fileSystem.openRead(at('/d/outside')));
      await refuses('not-found', () => fileSystem.stat(at('/d/climbing-out/passwd')));
      await refuses('not-found', () => list(fileSystem, '/d/climbing-out'));
    },
  },
  {
    title: 'a dangling link has a name but no content; writing through it makes its target',
    needs: symlinks,
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/d'));
      await fileSystem.createSymlink('d/target', at('/link'));
      await refuses('not-found', () => fileSystem.stat(at('/link')));
      await refuses('not-found', () => fileSystem.openRead(at('/link')));
      await refuses('exists', () => fileSystem.openWrite(at('/link'), { disposition: 'create' }));
      await refuses('exists', () => fileSystem.makeDirectory(at('/link')));
      await put(fileSystem, '/link', 'through');
      assert.equal(String(await get(fileSystem, '/d/target')), 'through');
      assert.equal((await fileSystem.stat(at('/link'), { followSymlink: false })).type, 'symlink');
    },
  },
  {
    title: 'an upload and an update through a link change its target, and the link stays',
    needs: (capabilities) => capabilities.symlinks && capabilities.randomAccess,
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/d'));
      await put(fileSystem, '/d/file', 'old');
      await fileSystem.createSymlink('../d/../d/file', at('/d/one'));
      await fileSystem.createSymlink('/d/one', at('/two'));
      await put(fileSystem, '/two', 'newer');
      assert.equal(String(await get(fileSystem, '/d/file')), 'newer');
      const handle = await fileSystem.openWrite(at('/two'), { disposition: 'update' });
      await handle.write(Buffer.from('N'), 0);
      await refuses('busy', () => fileSystem.openWrite(at('/d/file'), { disposition: 'update' }));
      await handle.finish();
      assert.equal(String(await get(fileSystem, '/d/file')), 'Newer');
      assert.equal(await fileSystem.readSymlink(at('/two')), '/d/one');
      assert.deepEqual(await names(fileSystem, '/d'), ['file', 'one']);
    },
  },
  {
    title: 'links in a circle are link-loop',
    needs: symlinks,
    run: async (fileSystem) => {
      await fileSystem.createSymlink('b', at('/a'));
      await fileSystem.createSymlink('a', at('/b'));
      await fileSystem.createSymlink('self', at('/self'));
      for (const path of ['/a', '/self', '/a/below']) {
        await refuses('link-loop', () => fileSystem.stat(at(path)));
        await refuses('link-loop', () => fileSystem.openRead(at(path)));
        await refuses('link-loop', () => fileSystem.openWrite(at(path)));
        await refuses('link-loop', () => list(fileSystem, path));
      }
      assert.equal((await fileSystem.stat(at('/self'), { followSymlink: false })).type, 'symlink');
      await fileSystem.removeFile(at('/self'));
      assert.deepEqual(await names(fileSystem, '/'), ['a', 'b']);
    },
  },
  {
    title: 'rename moves the link itself and replaces a link, not what it leads to',
    needs: symlinks,
    run: async (fileSystem) => {
      await put(fileSystem, '/file', 'x');
      await put(fileSystem, '/other', 'y');
      await fileSystem.createSymlink('file', at('/link'));
      await fileSystem.rename(at('/link'), at('/moved'), { overwrite: false });
      assert.equal(await fileSystem.readSymlink(at('/moved')), 'file');
      await refuses('exists', () => fileSystem.rename(at('/other'), at('/moved'), { overwrite: false }));
      await fileSystem.rename(at('/other'), at('/moved'));
      assert.equal((await fileSystem.stat(at('/moved'), { followSymlink: false })).type, 'file');
      assert.equal(String(await get(fileSystem, '/file')), 'x');
    },
  },
  {
    title: 'the text of a link is kept as it is; an impossible one is refused',
    needs: symlinks,
    run: async (fileSystem) => {
      const texts = ['a b', '"q"', './x/../y//', 'x'.repeat(4095), 'ü\nü'];
      for (const [index, text] of texts.entries()) {
        await fileSystem.createSymlink(text, at(`/link${index}`));
        assert.equal(await fileSystem.readSymlink(at(`/link${index}`)), text);
      }
      await refuses('name-invalid', () => fileSystem.createSymlink('', at('/bad')));
      await refuses('name-invalid', () => fileSystem.createSymlink('a\0b', at('/bad')));
      await refuses('name-too-long', () => fileSystem.createSymlink('x'.repeat(4096), at('/bad')));
      await refuses('exists', () => fileSystem.createSymlink('x', at('/link0')));
      assert.equal(await exists(fileSystem, '/bad'), false);
    },
  },
  {
    title: 'the text of a link need not be UTF-8',
    needs: (capabilities, { invalidUtf8Names }) => capabilities.symlinks && invalidUtf8Names,
    run: async (fileSystem) => {
      const odd = decodeName(Buffer.from([0x66, 0xff]));
      await put(fileSystem, `/${odd}`, 'odd');
      await fileSystem.createSymlink(odd, at('/link'));
      assert.equal(await fileSystem.readSymlink(at('/link')), odd);
      assert.equal(String(await get(fileSystem, '/link')), 'odd');
      await put(fileSystem, '/link', 'new');
      assert.equal(String(await get(fileSystem, `/${odd}`)), 'new');
      assert.equal((await list(fileSystem, '/')).find(({ name }) => name === 'link')?.linkTarget, odd);
    },
  },
  {
    title: 'realPath tells where links lead and keeps missing last components',
    needs: symlinks,
    run: async (fileSystem) => {
      await fileSystem.makeDirectory(at('/a'));
      await fileSystem.makeDirectory(at('/a/b'));
      await put(fileSystem, '/a/b/file', 'x');
      await fileSystem.createSymlink('a', at('/one'));
      await fileSystem.createSymlink('/../one/b', at('/two'));
      await fileSystem.createSymlink('a/missing', at('/dangling'));
      const expected = {
        '/': '/',
        '/two/file': '/a/b/file',
        '/two': '/a/b',
        '/one/new': '/a/new',
        '/one/new/deeper': '/a/new/deeper',
        '/dangling': '/a/missing',
        '/dangling/deeper': '/a/missing/deeper',
        '/nothing': '/nothing',
      };
      for (const [path, real] of Object.entries(expected)) {
        assert.equal(await fileSystem.realPath(at(path)), real, path);
      }
      await refuses('not-directory', () => fileSystem.realPath(at('/two/file/below')));
      await fileSystem.createSymlink('circle', at('/circle'));
      await refuses('link-loop', () => fileSystem.realPath(at('/circle')));
    },
  },
  {
    title: 'a hard link is another name of the same file',
    needs: ({ hardLinks }, { identities }) => hardLinks && identities,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      await fileSystem.createHardLink(at('/a'), at('/b'));
      const [a, b] = [await fileSystem.stat(at('/a')), await fileSystem.stat(at('/b'))];
      assert.deepEqual([a.device, a.inode, a.links], [b.device, b.inode, 2]);
      assert.equal(b.links, 2);
      await refuses('exists', () => fileSystem.createHardLink(at('/a'), at('/b')));
      await refuses('not-found', () => fileSystem.createHardLink(at('/missing'), at('/c')));
      await fileSystem.makeDirectory(at('/d'));
      await refuses('permission', () => fileSystem.createHardLink(at('/d'), at('/c')));
      await put(fileSystem, '/b', 'another file now');
      assert.equal(String(await get(fileSystem, '/a')), 'x');
      assert.equal((await fileSystem.stat(at('/a'))).links, 1);
      await fileSystem.removeFile(at('/a'));
      assert.equal(String(await get(fileSystem, '/b')), 'another file now');
    },
  },
  {
    title: 'different files are told apart by device and inode',
    needs: ({ hardLinks }, { identities }) => hardLinks && identities,
    run: async (fileSystem) => {
      await put(fileSystem, '/a', 'x');
      await put(fileSystem, '/b', 'x');
      const [a, b] = [await fileSystem.stat(at('/a')), await fileSystem.stat(at('/b'))];
      assert.notDeepEqual([a.device, a.inode], [b.device, b.inode]);
    },
  },
];
