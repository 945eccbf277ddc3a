import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { program, scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';

interface ShellRun {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** Runs the shell in a directory, with words and what is typed into it. */
async function shell(directory: string, words: readonly string[], input = ''): Promise<ShellRun> {
  const child = spawn(program, ['shell', '--insecure', '--host-keys', 'off', ...words], {
    cwd: directory,
    env: { ...process.env, WHERRY_PASSWORD: 'wonderland', XDG_STATE_HOME: directory },
  });
  child.stdin.end(input);
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, out, errors };
}

describe('shell', () => {
  const cleanups: (() => unknown)[] = [];
  const context = { after: (clean: () => unknown) => void cleanups.push(clean) };
  let server: WherryProcess;

  before(async () => {
    server = await startWherry(context, { words: ['--user', 'alice:wonderland', '--host', '127.0.0.1'] });
    writeFileSync(join(server.directory, 'a.txt'), 'a\n');
    mkdirSync(join(server.directory, 'in'));
    for (const name of ['1.csv', '2.csv', 'x y.csv']) writeFileSync(join(server.directory, 'in', name), name);
  });
  after(async () => {
    for (const clean of cleanups.toReversed()) await clean();
  });

  for (const protocol of ['ftp', 'sftp'] as const) {
    const url = (): string => `${protocol}://alice@127.0.0.1:${server.port(protocol)}`;

    test(`${protocol}: a script goes about in the tree, fetches, sends and clears up`, async (t) => {
      const here = scratch(t);
      writeFileSync(join(here, 'new.txt'), 'new');
      const script = [
        'cd in',
        'mget *.csv',
        `get "x y.csv" -o copy`,
        'mkdir -p deep/down; cd deep; put new.txt; put new.txt -o other',
        'mv other down/; chmod 600 new.txt',
        'cls; cd -; cls deep/down',
        'mirror deep back; mirror -R back again; find again',
        '# nothing here',
        'rm -r deep again',
        'pwd; cls',
      ].join('\n');
      const { code, out, errors } = await shell(here, [url()], script);
      assert.equal(code, 0, errors);
      assert.deepEqual(readdirSync(here).toSorted(), [
        '1.csv',
        '2.csv',
        'back',
        'copy',
        'new.txt',
        'x y.csv',
      ]);
      assert.equal(readFileSync(join(here, 'copy'), 'utf8'), 'x y.csv');
      assert.equal(readFileSync(join(here, 'back/down/other'), 'utf8'), 'new');
      const lines = out.trimEnd().split('\n');
      assert.deepEqual(lines.slice(0, 3), ['down/', 'new.txt', 'other']);
      assert.deepEqual(lines.slice(-3), ['1.csv', '2.csv', 'x y.csv']);
      assert.match(lines.at(-4) ?? '', /\/in$/u);
      assert.ok(out.includes('/in/again/down/other'));
    });

    test(`${protocol}: a script ends with the first failure and its exit code, but for lines with a dash`, async (t) => {
      const here = scratch(t);
      const stopped = await shell(here, ['-e', 'get nothing; get a.txt', url()]);
      assert.notEqual(stopped.code, 0);
      assert.equal(existsSync(join(here, 'a.txt')), false);
      const wentOn = await shell(here, [url()], '-cd nowhere\nget a.txt\nbye\nbogus\n');
      assert.equal(wentOn.code, 0, wentOn.errors);
      assert.equal(readFileSync(join(here, 'a.txt'), 'utf8'), 'a\n');
      const missing = await shell(here, ['-e', 'cd nowhere', url()]);
      assert.equal(missing.code, 5);
    });
  }

  test('jobs go on in the background, and the queue keeps its order', async (t) => {
    const here = scratch(t);
    const url = `ftp://alice@127.0.0.1:${server.port()}`;
    const script = 'get a.txt & ; queue get in/1.csv; queue !mv 1.csv moved; jobs; wait';
    const { code, out, errors } = await shell(here, ['-e', script, url]);
    assert.equal(code, 0, errors);
    assert.match(out, /\[1\] get a\.txt\n\[2\] get in\/1\.csv\n/u);
    assert.equal(existsSync(join(here, 'a.txt')), true);
    assert.equal(existsSync(join(here, 'moved')), true);
  });

  test('what makes no sense is told with what is allowed', async (t) => {
    const here = scratch(t);
    const run = async (line: string): Promise<string> => (await shell(here, ['-e', line])).errors;
    assert.match(await run('bogus'), /there is no command "bogus"; "help" shows what there is/u);
    assert.match(await run('ls'), /no place is open; "open URL" opens one/u);
    assert.match(await run('get'), /this is called as: get /u);
    assert.match(await run('get "a'), /has no end/u);
    assert.match(await run('set verify maybe'), /give on or off/u);
    assert.equal((await shell(here, ['-e', 'help; lpwd; !exit 0'])).code, 0);
  });
});
