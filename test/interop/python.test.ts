import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyPair, type InteropClient, type Target } from './client.ts';
import type { Invocation } from './programs.ts';
import { interop, type Bench } from './suite.ts';

const script = join(import.meta.dirname, 'ftplib-client.py');

interface Task extends Readonly<Record<string, unknown>> {
  readonly action: string;
}

function task(target: Target, what: Task): Invocation {
  return { words: ['-I', '-S', script, JSON.stringify({ reuse: true, ...target, ...what })] };
}

const python: InteropClient = {
  name: 'Python ftplib',
  program: 'python3',
  programs: ['python3'],
  debianPackage: 'python3',
  links: everyPair,
  tellsFailure: true,
  list: (target, path) => task(target, { action: 'list', path }),
  upload: (target, subject) => task(target, { action: 'upload', ...subject }),
  download: (target, subject) => task(target, { action: 'download', ...subject }),
  resumeUpload: (target, subject) => task(target, { action: 'upload', ...subject }),
  resumeDownload: (target, subject) => task(target, { action: 'download', ...subject }),
  rename: (target, subject) => task(target, { action: 'rename', ...subject }),
  delete: (target, path) => task(target, { action: 'delete', path }),
  makeDirectory: (target, path) => task(target, { action: 'makeDirectory', path }),
  removeDirectory: (target, path) => task(target, { action: 'removeDirectory', path }),
};

const link = { family: 4, mode: 'passive', tls: 'explicit' } as const;

async function reuseSession(bench: Bench, tlsVersion: '1.2' | '1.3'): Promise<void> {
  const content = randomBytes(1_000_000);
  writeFileSync(join(bench.here, 'file.bin'), content);
  const target = bench.target(link);
  const upload = { action: 'upload', local: 'file.bin', remote: 'file.bin', tlsVersion };
  await bench.run(task(target, upload));
  assert.ok(readFileSync(join(bench.there, 'file.bin')).equals(content));
  await bench.run(task(target, { action: 'list', path: '/', tlsVersion }));
  const { code } = await bench.attempt(task(target, { ...upload, remote: 'stolen.bin', reuse: false }));
  assert.notEqual(code, 0, 'a data connection with a session of its own must be refused');
}

interop(python, [
  {
    title: 'resumes its session where that is required, over TLS 1.3',
    words: ['--tls-session-reuse', 'require'],
    run: (bench) => reuseSession(bench, '1.3'),
  },
  {
    title: 'resumes its session where that is required, over TLS 1.2',
    words: ['--tls-session-reuse', 'require'],
    run: (bench) => reuseSession(bench, '1.2'),
  },
  {
    title: 'moves without resuming where that is preferred only',
    async run(bench) {
      writeFileSync(join(bench.here, 'file.txt'), 'content');
      const upload = { action: 'upload', local: 'file.txt', remote: 'file.txt', reuse: false };
      await bench.run(task(bench.target(link), upload));
      assert.equal(readFileSync(join(bench.there, 'file.txt'), 'utf8'), 'content');
    },
  },
  {
    title: 'exchanges lines of text in TYPE A',
    async run(bench) {
      await bench.run(task(bench.target({ family: 4, mode: 'passive', tls: 'none' }), { action: 'text' }));
      assert.equal(readFileSync(join(bench.there, 'text.txt'), 'utf8'), 'first\n\nüber\nlast\n');
    },
  },
]);
