import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { noSsh, scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import type { InteropClient, Link, Target } from './client.ts';
import { lacking, run, type Invocation, type Outcome } from './programs.ts';

export const user = 'alice';
export const password = 'wonderland';

/** A client program in a working directory of its own, and the server it speaks to. */
export interface Bench {
  readonly client: InteropClient;
  readonly server: WherryProcess;
  /** Where the program runs. */
  readonly here: string;
  /** The served directory, seen from this machine's side. */
  readonly there: string;
  target(link: Link): Target;
  /** Runs the program and fails unless it succeeds. */
  run(invocation: Invocation): Promise<Outcome>;
  /** Runs the program, whatever comes of it. */
  attempt(invocation: Invocation): Promise<Outcome>;
}

/** What can be done with a program over one link. */
interface Case {
  readonly title: string;
  readonly needs: readonly (keyof InteropClient)[];
  /** Left out for programs that can do this too, since another case covers it then. */
  readonly unless?: keyof InteropClient;
  readonly run: (bench: Bench, target: Target) => Promise<void>;
}

const largeFileSize = 10_000_000;
/** An offset that is on no border of any buffer. */
const brokenOffAt = 3_333_333;
const names = ['plain.txt', 'name with spaces.txt', 'Grüße, 世界 🌍.txt', "it's [1] & 100% #.txt"] as const;

/** The shared cases; each works in a directory that nobody else uses. */
const cases: readonly Case[] = [
  {
    title: 'moves 10 MB up and down unchanged',
    needs: ['upload', 'download'],
    async run(bench, target) {
      const content = randomBytes(largeFileSize);
      writeFileSync(join(bench.here, 'large.bin'), content);
      await bench.run(call(bench, 'upload')(target, { local: 'large.bin', remote: 'large.bin' }));
      assert.equal(digest(join(bench.there, 'large.bin')), digest(content));
      await bench.run(call(bench, 'download')(target, { local: 'back.bin', remote: 'large.bin' }));
      assert.equal(digest(join(bench.here, 'back.bin')), digest(content));
    },
  },
  {
    title: 'downloads 10 MB unchanged',
    needs: ['download'],
    unless: 'upload',
    async run(bench, target) {
      const content = randomBytes(largeFileSize);
      writeFileSync(join(bench.there, 'there.bin'), content);
      await bench.run(call(bench, 'download')(target, { local: 'down.bin', remote: 'there.bin' }));
      assert.equal(digest(join(bench.here, 'down.bin')), digest(content));
    },
  },
  {
    title: 'lists, uploads and downloads names with spaces, marks and letters of all kinds',
    needs: ['list', 'upload', 'download'],
    async run(bench, target) {
      mkdirSync(join(bench.there, 'names'));
      for (const name of names) {
        writeFileSync(join(bench.here, name), `content of ${name}`);
        await bench.run(call(bench, 'upload')(target, { local: name, remote: `names/${name}` }));
        assert.equal(readFileSync(join(bench.there, 'names', name), 'utf8'), `content of ${name}`);
        await bench.run(call(bench, 'download')(target, { local: `again ${name}`, remote: `names/${name}` }));
        assert.equal(readFileSync(join(bench.here, `again ${name}`), 'utf8'), `content of ${name}`);
      }
      assert.deepEqual(readdirSync(join(bench.there, 'names')).sort(), [...names].sort());
      const { stdout } = await bench.run(call(bench, 'list')(target, 'names'));
      for (const name of names) assert.ok(stdout.includes(name), `${name} is missing in ${stdout}`);
    },
  },
  {
    title: 'lists an empty directory',
    needs: ['list'],
    async run(bench, target) {
      mkdirSync(join(bench.there, 'nothing'));
      mkdirSync(join(bench.there, 'something'));
      writeFileSync(join(bench.there, 'something', 'inside.txt'), '');
      const nothing = await bench.run(call(bench, 'list')(target, 'nothing'));
      assert.ok(!nothing.stdout.includes('inside.txt'));
      const something = await bench.run(call(bench, 'list')(target, 'something'));
      assert.ok(something.stdout.includes('inside.txt'), something.said);
    },
  },
  {
    title: 'moves empty files',
    needs: ['upload', 'download'],
    async run(bench, target) {
      writeFileSync(join(bench.here, 'empty'), '');
      await bench.run(call(bench, 'upload')(target, { local: 'empty', remote: 'empty' }));
      assert.equal(readFileSync(join(bench.there, 'empty')).length, 0);
      await bench.run(call(bench, 'download')(target, { local: 'empty-again', remote: 'empty' }));
      assert.equal(readFileSync(join(bench.here, 'empty-again')).length, 0);
    },
  },
  {
    title: 'replaces a longer file as a whole',
    needs: ['upload'],
    async run(bench, target) {
      writeFileSync(join(bench.there, 'replaced.txt'), 'something that is much longer');
      writeFileSync(join(bench.here, 'replaced.txt'), 'short');
      await bench.run(call(bench, 'upload')(target, { local: 'replaced.txt', remote: 'replaced.txt' }));
      assert.equal(readFileSync(join(bench.there, 'replaced.txt'), 'utf8'), 'short');
    },
  },
  {
    title: 'continues a download',
    needs: ['resumeDownload'],
    async run(bench, target) {
      const content = randomBytes(largeFileSize);
      writeFileSync(join(bench.there, 'broken.bin'), content);
      writeFileSync(join(bench.here, 'broken.bin'), content.subarray(0, brokenOffAt));
      const from = bench.server.lines.length;
      const subject = { local: 'broken.bin', remote: 'broken.bin', offset: brokenOffAt };
      await bench.run(call(bench, 'resumeDownload')(target, subject));
      assert.equal(digest(join(bench.here, 'broken.bin')), digest(content));
      const moved = await movedOctets(bench, '/broken.bin', from);
      assert.equal(moved, largeFileSize - brokenOffAt, 'only the rest is to be moved');
    },
  },
  {
    title: 'continues an upload',
    needs: ['resumeUpload'],
    async run(bench, target) {
      const content = randomBytes(largeFileSize);
      writeFileSync(join(bench.here, 'growing.bin'), content);
      writeFileSync(join(bench.there, 'growing.bin'), content.subarray(0, brokenOffAt));
      const from = bench.server.lines.length;
      const subject = { local: 'growing.bin', remote: 'growing.bin', offset: brokenOffAt };
      await bench.run(call(bench, 'resumeUpload')(target, subject));
      assert.equal(digest(join(bench.there, 'growing.bin')), digest(content));
      const moved = await movedOctets(bench, '/growing.bin', from);
      assert.equal(moved, largeFileSize - brokenOffAt, 'only the rest is to be moved');
    },
  },
  {
    title: 'renames and deletes',
    needs: ['rename', 'delete'],
    async run(bench, target) {
      writeFileSync(join(bench.there, 'old name'), 'kept');
      await bench.run(call(bench, 'rename')(target, { from: 'old name', to: 'neuer Näme' }));
      assert.ok(!existsSync(join(bench.there, 'old name')));
      assert.equal(readFileSync(join(bench.there, 'neuer Näme'), 'utf8'), 'kept');
      await bench.run(call(bench, 'delete')(target, 'neuer Näme'));
      assert.ok(!existsSync(join(bench.there, 'neuer Näme')));
    },
  },
  {
    title: 'makes and removes directories',
    needs: ['makeDirectory', 'removeDirectory'],
    async run(bench, target) {
      await bench.run(call(bench, 'makeDirectory')(target, 'new directory'));
      assert.deepEqual(readdirSync(join(bench.there, 'new directory')), []);
      await bench.run(call(bench, 'removeDirectory')(target, 'new directory'));
      assert.ok(!existsSync(join(bench.there, 'new directory')));
    },
  },
  {
    title: 'hears that a file is missing',
    needs: ['download'],
    async run(bench, target) {
      const missing = { local: 'never.txt', remote: 'is not there.txt' };
      const { code, said } = await bench.attempt(call(bench, 'download')(target, missing));
      if (bench.client.tellsFailure) assert.notEqual(code, 0, said);
      const partial = join(bench.here, 'never.txt');
      assert.ok(!existsSync(partial) || readFileSync(partial).length === 0);
    },
  },
];

function call<Name extends keyof InteropClient>(
  { client }: Bench,
  name: Name,
): NonNullable<InteropClient[Name]> {
  const found = client[name];
  assert.ok(found !== undefined, `${client.name} cannot ${name}`);
  return found;
}

function digest(source: string | Uint8Array): string {
  return createHash('sha256')
    .update(typeof source === 'string' ? readFileSync(source) : source)
    .digest('hex');
}

/** Octets of the first transfer of a file behind a line of the log, as the server reports it. */
async function movedOctets({ server }: Bench, path: string, from: number): Promise<unknown> {
  const finished = await server.event(
    (event) => event.event === 'transfer-finished' && event['path'] === path,
    from,
  );
  return finished['bytes'];
}

/** Opens a bench for a client: a server of its own and an empty working directory. */
export async function openBench(
  t: TestContext,
  client: InteropClient,
  words: readonly string[] = [],
): Promise<Bench> {
  const server = await startWherry(t, { words: ['--user', `${user}:${password}`, ...noSsh, ...words] });
  const here = scratch(t);
  const attempt = (invocation: Invocation): Promise<Outcome> =>
    run(invocation.program ?? client.program, invocation, { cwd: here });
  return {
    client,
    server,
    here,
    there: server.directory,
    attempt,
    async run(invocation) {
      const outcome = await attempt(invocation);
      assert.equal(outcome.code, 0, `${client.name} ${invocation.words.join(' ')}:\n${outcome.said}`);
      return outcome;
    },
    target: (link) => ({
      ...link,
      host: link.family === 4 ? '127.0.0.1' : '::1',
      port: server.port(link.tls === 'implicit' ? 'ftps' : 'ftp'),
      user,
      password,
    }),
  };
}

const tlsTitles = { none: 'in the clear', explicit: 'explicit TLS', implicit: 'implicit TLS' } as const;

/** A case for one program only. */
export interface OwnCase {
  readonly title: string;
  /** Options of the server; with any it gets one of its own. */
  readonly words?: readonly string[];
  readonly run: (bench: Bench) => Promise<void>;
}

/** The tests of one program: every shared case that it can do over every link that it knows, and its own. */
export function interop(client: InteropClient, ownCases: readonly OwnCase[] = []): void {
  test(client.name, { skip: lacking(client.programs, client.debianPackage) }, async (t) => {
    const bench = await openBench(t, client);
    for (const link of client.links) {
      const over = `${tlsTitles[link.tls]}, IPv${link.family}, ${link.mode}`;
      await t.test(over, async (t) => {
        for (const { title, needs, unless, run: runCase } of cases) {
          const covered = unless !== undefined && client[unless] !== undefined;
          if (covered || needs.some((name) => client[name] === undefined)) continue;
          await t.test(title, () => runCase(bench, bench.target(link)));
        }
      });
      clear(bench);
    }
    for (const { title, words, run: runCase } of ownCases) {
      await t.test(title, async (t) => {
        await runCase(words === undefined ? bench : await openBench(t, client, words));
      });
      clear(bench);
    }
    assert.deepEqual(await bench.server.stop(), { code: 0, signal: null });
  });
}

function clear({ here, there }: Bench): void {
  for (const directory of [here, there]) {
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  }
}
