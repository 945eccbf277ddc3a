import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyPair, quoted, urlHost, type InteropClient, type Target } from './client.ts';
import type { Invocation } from './programs.ts';
import { interop, type Bench } from './suite.ts';

function command(target: Target, ...commands: readonly string[]): Invocation {
  const scheme = target.tls === 'implicit' ? 'ftps' : 'ftp';
  const settings = [
    'set cmd:fail-exit yes',
    'set net:max-retries 1',
    'set net:timeout 20',
    'set ssl:verify-certificate no',
    // Else it reads those of all authorities anew for every connection.
    'set ssl:ca-file /dev/null',
    `set ftp:passive-mode ${target.mode === 'passive' ? 'yes' : 'no'}`,
    `set ftp:ssl-allow ${target.tls === 'none' ? 'no' : 'yes'}`,
    `set ftp:ssl-force ${target.tls === 'none' ? 'no' : 'yes'}`,
    'set ftp:ssl-protect-data yes',
    'set ftp:ssl-protect-list yes',
    'set xfer:clobber yes',
  ];
  const open = `open -u ${target.user},${target.password} ${scheme}://${urlHost(target)}:${target.port}`;
  return { words: ['--norc', '-c', [...settings, open, ...commands].join('; ')] };
}

const lftp: InteropClient = {
  name: 'lftp',
  program: 'lftp',
  programs: ['lftp'],
  debianPackage: 'lftp',
  // On IPv6's loopback lftp names "::" in EPRT, which is nobody's address, so active is tried over IPv4.
  links: everyPair.filter(({ family, mode }) => family === 4 || mode === 'passive'),
  tellsFailure: true,
  list: (target, path) => command(target, `cls -1 ${quoted(`${path}/`)}`),
  upload: (target, { local, remote }) => command(target, `put ${quoted(local)} -o ${quoted(remote)}`),
  download: (target, { local, remote }) => command(target, `get ${quoted(remote)} -o ${quoted(local)}`),
  resumeUpload: (target, { local, remote }) =>
    command(target, `put -c ${quoted(local)} -o ${quoted(remote)}`),
  resumeDownload: (target, { local, remote }) =>
    command(target, `get -c ${quoted(remote)} -o ${quoted(local)}`),
  rename: (target, { from, to }) => command(target, `mv ${quoted(from)} ${quoted(to)}`),
  delete: (target, path) => command(target, `rm ${quoted(path)}`),
  makeDirectory: (target, path) => command(target, `mkdir ${quoted(path)}`),
  removeDirectory: (target, path) => command(target, `rmdir ${quoted(path)}`),
};

/** A small tree with what trees have: depth, an empty directory, an empty file, odd names. */
const tree = {
  'index.html': '<p>home</p>',
  'empty.txt': '',
  'images/logo größe.svg': '<svg/>',
  'images/deep/er/note.txt': 'deep down',
} as const;

function writeTree(root: string): void {
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  mkdirSync(join(root, 'nothing in it'));
}

function readTree(root: string): Readonly<Record<string, string>> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(root.length + 1), entry.isFile() ? readFileSync(path, 'utf8') : 'directory'];
    }),
  );
}

async function mirrorBothWays(bench: Bench, target: Target): Promise<void> {
  const site = join(bench.here, 'site');
  mkdirSync(site);
  writeTree(site);
  await bench.run(command(target, 'mirror --reverse --parallel=3 site copy'));
  assert.deepEqual(readTree(join(bench.there, 'copy')), readTree(site));
  await bench.run(command(target, 'mirror --parallel=3 copy back'));
  assert.deepEqual(readTree(join(bench.here, 'back')), readTree(site));

  writeFileSync(join(site, 'index.html'), '<p>changed and longer</p>');
  writeFileSync(join(bench.there, 'copy', 'left over.txt'), 'to be deleted');
  await bench.run(command(target, 'mirror --reverse --delete site copy'));
  assert.deepEqual(readTree(join(bench.there, 'copy')), readTree(site));
}

const plain = { family: 4, mode: 'passive', tls: 'none' } as const;
const secured = { family: 4, mode: 'passive', tls: 'explicit' } as const;

interop(lftp, [
  {
    title: 'mirrors a tree both ways',
    run: (bench) => mirrorBothWays(bench, bench.target(plain)),
  },
  {
    title: 'mirrors a tree both ways over TLS',
    run: (bench) => mirrorBothWays(bench, bench.target(secured)),
  },
  {
    title: 'fetches one file over several connections',
    async run(bench) {
      const content = Buffer.alloc(3_000_000, 'wherry');
      writeFileSync(join(bench.there, 'large.bin'), content);
      await bench.run(command(bench.target(secured), 'pget -n 4 large.bin'));
      assert.ok(readFileSync(join(bench.here, 'large.bin')).equals(content));
    },
  },
  {
    title: 'names the address it has called as the host that it means',
    async run(bench) {
      const from = bench.server.lines.length;
      await bench.run(command(bench.target(secured), 'cls -1'));
      await bench.server.event(({ event }) => event === 'session-closed', from);
      assert.ok(bench.server.lines.slice(from).some((line) => line.includes('"220 Host accepted"')));
    },
  },
  {
    title: 'changes permissions and sees them',
    async run(bench) {
      writeFileSync(join(bench.there, 'mode.txt'), 'x');
      const { stdout } = await bench.run(
        command(bench.target(plain), 'chmod 640 mode.txt', 'cls -l mode.txt'),
      );
      assert.match(stdout, /^-rw-r-----/u);
    },
  },
]);
