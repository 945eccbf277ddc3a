import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runWherry, scratch, startWherry } from '#test/cli/wherry-process.ts';
import { lacking, run } from '#test/interop/programs.ts';

const skip = lacking(['curl'], 'curl');

test('curl gets by TFTP, and writes nothing unless that is on', { skip }, async (t) => {
  const server = await startWherry(t, { words: ['--host', '127.0.0.1', '--tftp', '0'] });
  const url = `tftp://127.0.0.1:${server.port('tftp')}/`;
  const cwd = scratch(t);
  const content = randomBytes(100_000);
  writeFileSync(join(server.directory, 'image.bin'), content);
  writeFileSync(join(cwd, 'new.bin'), 'new');
  const got = await run('curl', { words: ['-sS', '-o', 'image.bin', `${url}image.bin`] }, { cwd });
  assert.equal(got.code, 0, got.said);
  assert.ok(readFileSync(join(cwd, 'image.bin')).equals(content));
  const put = await run('curl', { words: ['-sS', '-T', 'new.bin', url] }, { cwd });
  assert.notEqual(put.code, 0);
  assert.ok(!existsSync(join(server.directory, 'new.bin')));
});

for (const [mode, replaces] of [
  ['create', false],
  ['overwrite', true],
] as const) {
  test(
    `--tftp-write ${mode} makes files and ${replaces ? 'replaces' : 'keeps'} others`,
    { skip },
    async (t) => {
      const server = await startWherry(t, {
        words: ['--host', '127.0.0.1', '--tftp', '0', '--tftp-write', mode],
      });
      const cwd = scratch(t);
      for (const name of ['new.bin', 'old.bin']) writeFileSync(join(cwd, name), 'sent');
      writeFileSync(join(server.directory, 'old.bin'), 'kept');
      for (const name of ['new.bin', 'old.bin']) {
        await run(
          'curl',
          { words: ['-sS', '-T', name, `tftp://127.0.0.1:${server.port('tftp')}/`] },
          { cwd },
        );
      }
      // curl does not wait for the last acknowledgement; the server has it in place once it tells of it.
      await server.event(({ event, path }) => event === 'transfer-finished' && path === '/new.bin');
      if (replaces)
        await server.event(({ event, path }) => event === 'transfer-finished' && path === '/old.bin');
      assert.equal(readFileSync(join(server.directory, 'new.bin'), 'utf8'), 'sent');
      assert.equal(readFileSync(join(server.directory, 'old.bin'), 'utf8'), replaces ? 'sent' : 'kept');
    },
  );
}

test('writing by TFTP needs TFTP, and contradicts --read-only', async () => {
  const without = await runWherry(['serve', '--tftp-write', 'create']);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /needs --tftp PORT/);
  const both = await runWherry(['serve', '--tftp', '0', '--tftp-write', 'create', '--read-only']);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /contradict/);
});
