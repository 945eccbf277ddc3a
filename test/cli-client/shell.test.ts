import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    env: {
      ...process.env,
      WHERRY_PASSWORD: 'wonderland',
      XDG_STATE_HOME: directory,
      XDG_CONFIG_HOME: directory,
    },
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
      const lines = await shell(here, ['-e', 'echo one\necho two && echo three\r\n\nbinary\n', url()]);
      assert.deepEqual([lines.code, lines.out.split(/\r?\n/u)], [0, ['one', 'two', 'three', '']]);
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

  test('words of lftp and sftp mean what they mean there', async (t) => {
    const here = scratch(t);
    const large = randomBytes(300_000);
    writeFileSync(join(server.directory, 'large'), large);
    writeFileSync(join(here, 'part'), large.subarray(0, 100_000));
    writeFileSync(join(here, 'more'), 'echo from a file\nget a.txt -o sourced\n');
    const script = [
      'get -o first a.txt; get a.txt -o second; mget -O into in/*.csv; pget -n 3 large -O into',
      'reget large -o part',
      'cp a.txt in; cp a.txt copied; touch fresh; cls copied fresh in/a.txt',
      'mput -O in first second; rm in/first in/second in/a.txt copied fresh',
      'alias fetch get -o aliased; fetch a.txt',
      'queue get a.txt -o queued; wait',
      'source more; echo -n "a  b"; version',
      'mirror -P 2 -X 1.* in mirrored; mirror -I 1.* in chosen',
      'bookmark add work/there; cd in; bookmark add here; bookmark; bookmark work/there; pwd; bm del here; bm',
    ].join('\n');
    const url = `ftp://alice@127.0.0.1:${server.port()}`;
    const { code, out, errors } = await shell(here, [url], script);
    assert.equal(code, 0, errors);
    for (const name of ['first', 'second', 'aliased', 'queued', 'sourced']) {
      assert.equal(readFileSync(join(here, name), 'utf8'), 'a\n', name);
    }
    assert.deepEqual(readdirSync(join(here, 'into')).toSorted(), ['1.csv', '2.csv', 'large', 'x y.csv']);
    assert.deepEqual(readFileSync(join(here, 'into/large')), large);
    assert.deepEqual(readFileSync(join(here, 'part')), large);
    assert.deepEqual(readdirSync(join(here, 'mirrored')).toSorted(), ['2.csv', 'x y.csv']);
    assert.deepEqual(readdirSync(join(here, 'chosen')), ['1.csv']);
    const there = `ftpes://alice@127.0.0.1:${server.port()}/`;
    const lines = ['copied', 'fresh', 'a.txt', 'from a file', '-n a  b', /^wherry \d/u];
    const places = [`here        ${there}/in`, `work/there  ${there}/`, /:\d+\/$/u, `work/there  ${there}/`];
    for (const [index, expected] of [...lines, ...places].entries()) {
      const line = out.split('\n')[index] ?? '';
      if (typeof expected === 'string') assert.equal(line, expected, out);
      else assert.match(line, expected);
    }
    rmSync(join(server.directory, 'large'));
  });

  test('results go into files and commands, and are all there before the next line', async (t) => {
    const here = scratch(t);
    const script = [
      'cls in > list; echo more >> list; cat a.txt in/1.csv | tr a-z A-Z > shouted',
      'find in | sort -r | head -n 1',
      'lpwd | cat',
      'echo twice > words; lls | grep -c .',
      'repeat -c 2 1ms "echo a; echo b" > again; source list > missing; cls',
    ].join('\n');
    const url = `sftp://alice@127.0.0.1:${server.port('sftp')}`;
    const { out, errors, code } = await shell(here, [url], script);
    assert.equal(readFileSync(join(here, 'list'), 'utf8'), '1.csv\n2.csv\nx y.csv\nmore\n');
    assert.equal(readFileSync(join(here, 'shouted'), 'utf8'), 'A\n1.CSV');
    assert.equal(readFileSync(join(here, 'again'), 'utf8'), 'a\nb\na\nb\n');
    assert.deepEqual(out.trimEnd().split('\n'), ['/in/x y.csv', here, '3'], errors);
    assert.equal(code, 1, 'the list is no script');
    const full = await shell(here, ['-e', 'find > /dev/full', url]);
    assert.match(full.errors, /Cannot write \/dev\/full: .*no space/iu);
    const nowhere = await shell(here, ['-e', 'pwd > no/where; pwd', url]);
    assert.match(nowhere.errors, /Cannot write no\/where/u);
    assert.equal(nowhere.out, '');
    const left = await shell(here, ['-e', 'find / | true\npwd | exit 3\npwd', url]);
    assert.match(left.errors, /behind \| ended with 3/u);
    assert.deepEqual([left.code, left.out], [1, '']);
  });

  test('something is done again until it works, and a script says what it ends with', async (t) => {
    const here = scratch(t);
    const url = `ftp://alice@127.0.0.1:${server.port()}`;
    const run = (line: string): Promise<ShellRun> => shell(here, ['-e', line, url]);
    const waited = await run(
      'repeat --until-ok -c 50 10ms get late & ; sleep 30ms; put list -o late; wait; exit 7; echo no',
    );
    assert.equal(waited.code, 1, 'there is no list yet');
    writeFileSync(join(here, 'list'), 'x');
    const came = await run(
      'repeat --until-ok 10ms get late & ; sleep 30ms; put list -o late; wait; exit 7; echo no',
    );
    assert.deepEqual([came.code, came.out], [7, ''], came.errors);
    assert.equal(readFileSync(join(here, 'late'), 'utf8'), 'x');
    const once = await run('repeat --while-ok 1ms rm late; echo no');
    assert.deepEqual([once.code, once.out], [5, '']);
    assert.match((await run('exit 256')).errors, /from 0 to 255/u);
    assert.match((await run('repeat -x 3 pwd')).errors, /repeat has no -x/u);
    assert.match((await run('sleep soon')).errors, /is no time/u);
  });

  test('at a terminal failures are seen, what is pasted is done line by line, and Ctrl+C stops only the transfer', async (t) => {
    const here = scratch(t);
    writeFileSync(join(server.directory, 'slow'), randomBytes(4_000_000));
    const url = `ftp://alice@127.0.0.1:${server.port()}`;
    // Whatever shell runs it must make way: one that waits beside it would end by the interruption itself.
    const words = `exec ${program} shell --insecure --limit-rate 500K ${url}`;
    const child = spawn('script', ['-qfec', words, '/dev/null'], {
      cwd: here,
      env: { ...process.env, TERM: 'xterm', WHERRY_PASSWORD: 'wonderland', XDG_STATE_HOME: here },
    });
    const ended = once(child, 'close') as Promise<[number | null]>;
    t.after(() => child.kill('SIGKILL'));
    let seen = '';
    let look = (): void => undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      look();
    });
    const sees = (pattern: RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        look = () => {
          const match = pattern.exec(seen);
          if (match === null) return;
          seen = seen.slice(match.index + match[0].length);
          resolve();
        };
        look();
        void ended.then(() => reject(new Error(`It ended before ${String(pattern)}: ${seen}`)));
      });
    await sees(/\/> /u);
    child.stdin.write('get nothing\n');
    await sees(/no such file/u);
    await sees(/\/> /u);
    child.stdin.write('echo one\necho two\necho thr');
    // What was typed beyond the first line has been echoed already.
    await sees(/echo throne\r\n/u);
    await sees(/two\r\n/u);
    await sees(/> .*echo thr/u);
    child.stdin.write('ee\n');
    await sees(/\nthree\r\n/u);
    await sees(/\/> /u);
    child.stdin.write('get slow\n');
    await sees(/ [1-9]\d?% /u);
    child.stdin.write('\u0003');
    await sees(/not everything was transferred/u);
    await sees(/\/> /u);
    child.stdin.write('echo still here\n');
    await sees(/\nstill here\r\n/u);
    child.stdin.write('exit\n');
    assert.equal((await ended)[0], 0, seen);
    assert.equal(existsSync(join(here, 'slow')), false);
    rmSync(join(server.directory, 'slow'));
  });

  test('commands of FTP are sent as they are typed, and other protocols have none', async (t) => {
    const here = scratch(t);
    const url = (protocol: 'ftp' | 'sftp'): string =>
      `${protocol}://alice@127.0.0.1:${server.port(protocol)}`;
    const { code, out, errors } = await shell(here, ['-e', 'quote SIZE a.txt; site help chmod', url('ftp')]);
    assert.equal(code, 0, errors);
    assert.match(out, /^213 2\n214/u);
    const none = await shell(here, ['-e', 'quote NOOP', url('sftp')]);
    assert.equal(none.code, 1);
    assert.match(none.errors, /sftp has no commands that could be typed/u);
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
