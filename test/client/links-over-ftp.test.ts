import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { planMirror } from '#client/index.ts';
import { scratch } from '#test/cli/wherry-process.ts';
import { local } from '#storage/index.ts';
import { serve, type Served } from './served.ts';

/** A server whose listings show a directory in place of the link to it, as RFC 3659 section 7.5.1.1 has it. */
async function setUp(t: TestContext): Promise<{ readonly served: Served; readonly there: string }> {
  const there = scratch(t);
  await mkdir(join(there, 'tree/real'), { recursive: true });
  await writeFile(join(there, 'tree/real/kept'), 'kept');
  await symlink('real', join(there, 'tree/link'));
  return { served: await serve(t, { fileSystem: local(there) }), there };
}

for (const scheme of ['ftp', 'sftp'] as const) {
  test(`${scheme}: a link to a directory is removed, and what it leads to stays`, async (t) => {
    const { there, served } = await setUp(t);
    const remote = await served.connect(scheme);
    await remote.remove('tree/link', { recursive: true });
    assert.deepEqual(await readdir(join(there, 'tree')), ['real']);
    assert.deepEqual(await readdir(join(there, 'tree/real')), ['kept']);
    await mkdir(join(there, 'outer'));
    await symlink('../tree/real', join(there, 'outer/link'));
    await remote.remove('outer', { recursive: true });
    assert.deepEqual(await readdir(there), ['tree']);
    assert.deepEqual(await readdir(join(there, 'tree/real')), ['kept']);
  });

  test(`${scheme}: a mirror with delete removes links that are extra, and nothing behind them`, async (t) => {
    const { there, served } = await setUp(t);
    const here = scratch(t);
    await mkdir(join(here, 'real'));
    await writeFile(join(here, 'real/kept'), 'kept');
    const remote = await served.connect(scheme);
    const plan = await planMirror(here, remote.place('tree'), { delete: true });
    assert.deepEqual((await plan.run()).failed, []);
    assert.deepEqual(await readdir(join(there, 'tree')), ['real']);
    assert.deepEqual(await readdir(join(there, 'tree/real')), ['kept']);
  });

  test(`${scheme}: links go up as links, and a second mirror moves nothing`, async (t) => {
    const { there, served } = await setUp(t);
    const here = scratch(t);
    await mkdir(join(here, 'real'));
    await writeFile(join(here, 'real/file'), 'content');
    await symlink('real', join(here, 'to-directory'));
    await symlink('real/file', join(here, 'to-file'));
    await symlink('nowhere', join(here, 'to-nothing'));
    const remote = await served.connect(scheme);
    const plan = (): ReturnType<typeof planMirror> => planMirror(here, remote.place('up'), { delete: true });
    assert.deepEqual((await (await plan()).run()).failed, []);
    const links = { 'to-directory': 'real', 'to-file': 'real/file', 'to-nothing': 'nowhere' };
    for (const [name, target] of Object.entries(links)) {
      assert.equal(await readlink(join(there, 'up', name)), target);
    }
    assert.deepEqual((await plan()).actions, []);
    await symlink('real/file', join(here, 'changed'));
    await writeFile(join(there, 'up/changed'), 'a file at the target');
    assert.deepEqual(
      (await plan()).actions.map(({ kind, path }) => `${kind} ${path}`),
      ['remove changed', 'make-link changed'],
    );
    assert.ok((await lstat(join(there, 'up/changed'))).isFile());
  });
}
