import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { accessSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { rootPath } from '#core/virtual-path.ts';
import { serveSftp } from '#protocols/sftp/server/sftp-server.ts';
import { local } from '#storage/index.ts';
import { keyFile, missing, quietOptions, scratch } from '../ssh/programs.ts';
import { listen, serverOptions, testUser } from '../ssh/ssh-fixture.ts';

function lacking(): string | false {
  const program = missing({ sshfs: 'sshfs', fusermount3: 'fuse3' });
  if (program !== false) {
    if (process.env['WHERRY_TESTS_COMPLETE'] === '1') throw new Error(program);
    return program;
  }
  try {
    accessSync('/dev/fuse');
    return false;
  } catch {
    return 'needs /dev/fuse, which this machine does not have';
  }
}

const skip = lacking();

/** The tree of a server, mounted until the test ends; the server runs in this process, so nothing may block it. */
async function mount(t: TestContext): Promise<{ readonly mounted: string; readonly served: string }> {
  let unmount: (() => Promise<void>) | null = null;
  // Before the directories are removed, which must not happen through the mount.
  t.after(() => unmount?.());
  const [mounted, served, keys] = [scratch(t), scratch(t), scratch(t)];
  const fileSystem = local(served);
  const { port } = await listen(
    t,
    serverOptions({
      openSession: () => (channel) => serveSftp(channel, { fileSystem, home: rootPath, user: testUser }),
    }),
  );
  const options = quietOptions(await keyFile(keys)).filter((word) => word !== '-F' && word !== 'none');
  const words = [`${testUser}@127.0.0.1:/`, mounted, '-p', String(port), '-f', ...options, '-F', '/dev/null'];
  const child = spawn('sshfs', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  unmount = async () => {
    await run('fusermount3', ['-u', mounted]);
    await ended;
  };
  const marker = join(served, '.mounted');
  writeFileSync(marker, '');
  while ((await run('test', ['-e', join(mounted, '.mounted')])) !== 0) {
    if (child.exitCode !== null) throw new Error(`sshfs ended: ${said}`);
  }
  rmSync(marker);
  return { mounted, served };
}

/** Runs a program to its end without blocking the server. */
async function run(program: string, words: readonly string[]): Promise<number> {
  const child = spawn(program, words, { stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? -1;
}

/** Enters the mounted tree only in a shell that runs: starting a program waits for it, and the server would wait too. */
function inShell(script: string, place: string): Promise<number> {
  return run('sh', ['-c', script, place]);
}

/** Writes, cuts and reads a file at random places for a while, and compares it with what it should be. */
const randomAccess = `
const fs = require('node:fs');
let state = 7;
const random = (below) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return state % below; };
const file = process.argv[1];
let expected = Buffer.alloc(0);
const fd = fs.openSync(file, 'w+');
for (let turn = 0; turn < 300; turn += 1) {
  const at = random(200000), length = 1 + random(20000);
  const kind = random(10);
  if (kind < 6) {
    const bytes = Buffer.alloc(length, turn & 255);
    fs.writeSync(fd, bytes, 0, length, at);
    if (expected.length < at + length) expected = Buffer.concat([expected, Buffer.alloc(at + length - expected.length)]);
    bytes.copy(expected, at);
  } else if (kind < 7) {
    fs.ftruncateSync(fd, at);
    expected = expected.length > at ? expected.subarray(0, at) : Buffer.concat([expected, Buffer.alloc(at - expected.length)]);
    expected = Buffer.from(expected);
  } else if (kind < 8) {
    fs.fsyncSync(fd);
  } else {
    const bytes = Buffer.alloc(length);
    const count = fs.readSync(fd, bytes, 0, length, at);
    const right = expected.subarray(at, at + length);
    if (!bytes.subarray(0, count).equals(right)) { console.error('turn', turn); process.exit(1); }
  }
}
fs.closeSync(fd);
process.exit(fs.readFileSync(file).equals(expected) ? 0 : 2);
`;

test('sshfs: a file is written, cut and read at random places as on a disk', { skip }, async (t) => {
  const { mounted, served } = await mount(t);
  assert.equal(await run(process.execPath, ['-e', randomAccess, join(mounted, 'file')]), 0);
  assert.deepEqual(readdirSync(served), ['file']);
});

test('sshfs: two programs append to one file that both hold open', { skip }, async (t) => {
  const { mounted, served } = await mount(t);
  const script = 'for i in 1 2 3 4 5; do echo $1$i; done';
  const both = `set -e; cd "$0"; exec 3>>log 4>>log; (set a; ${script}) >&3; (set b; ${script}) >&4; exec 3>&- 4>&-`;
  assert.equal(await inShell(both, mounted), 0);
  assert.equal(
    readFileSync(join(served, 'log'), 'utf8'),
    'a1 a2 a3 a4 a5 b1 b2 b3 b4 b5 '.replaceAll(' ', '\n'),
  );
});

const compilerMissing = skip === false ? missing({ gcc: 'gcc', make: 'make' }) : skip;

test(
  'sshfs: a program is unpacked, built and run on the mounted tree',
  { skip: compilerMissing },
  async (t) => {
    const { mounted, served } = await mount(t);
    const parts = Array.from({ length: 8 }, (_, index) => index);
    const source = scratch(t);
    for (const index of parts)
      writeFileSync(join(source, `part${index}.c`), `int part${index}(void) { return ${index}; }\n`);
    const declarations = parts.map((index) => `int part${index}(void);`).join(' ');
    const sum = parts.map((index) => `part${index}()`).join(' + ');
    writeFileSync(join(source, 'main.c'), `${declarations}\nint main(void) { return ${sum}; }\n`);
    const objects = ['main.o', ...parts.map((index) => `part${index}.o`)].join(' ');
    writeFileSync(
      join(source, 'Makefile'),
      `program: ${objects}\n\tgcc -o $@ ${objects}\n%.o: %.c\n\tgcc -c -o $@ $<\n`,
    );
    assert.equal(await run('cp', ['-r', source, join(mounted, 'build')]), 0);
    assert.equal(await inShell('cd "$0" && make -s -j2', join(mounted, 'build')), 0);
    assert.equal(await inShell('"$0"', join(mounted, 'build', 'program')), 28);
    assert.ok(existsSync(join(served, 'build', 'program')));
    assert.equal(await run('rm', ['-r', join(mounted, 'build')]), 0);
    assert.deepEqual(readdirSync(served), []);
  },
);
