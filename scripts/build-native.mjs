// Builds the optional addon with the C compiler that is there. Whatever is missing, wherry works without it: this
// script never fails an installation. It may be run by an older Node than the one that wherry runs on.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sourceDirectory = join(root, 'src/native/addon');
const target = join(root, 'build/wherry.node');

/** One line at most, and never a failure: the addon is optional. */
function say(reason) {
  process.stdout.write(`wherry: ${reason}, going on without the addon\n`);
}

/** Directories that may hold node_api.h and uv.h, the surest first. */
function* headerDirectories() {
  for (let directory = root; ; directory = dirname(directory)) {
    const modules = join(directory, 'node_modules');
    yield* packagedHeaders(join(modules, 'node/node_modules'));
    yield* packagedHeaders(modules);
    if (directory === dirname(directory)) break;
  }
  yield join(dirname(process.execPath), '../include/node');
  if (process.env.npm_config_nodedir) yield join(process.env.npm_config_nodedir, 'include/node');
  yield '/usr/include/node';
  yield '/usr/local/include/node';
}

/** The package `node` brings one package for each platform, named for it. */
function* packagedHeaders(modules) {
  if (!existsSync(modules)) return;
  for (const name of readdirSync(modules)) {
    if (/^node-(linux|bin)-/u.test(name)) yield join(modules, name, 'include/node');
  }
}

function findHeaders() {
  for (const directory of headerDirectories()) {
    if (existsSync(join(directory, 'node_api.h')) && existsSync(join(directory, 'uv.h'))) return directory;
  }
  return undefined;
}

function newestChange(paths) {
  return Math.max(...paths.map((path) => statSync(path).mtimeMs));
}

function build() {
  if (process.platform !== 'linux') return;
  const sources = readdirSync(sourceDirectory).filter((name) => /\.[ch]$/u.test(name));
  const paths = sources.map((name) => join(sourceDirectory, name));
  if (existsSync(target) && statSync(target).mtimeMs > newestChange(paths)) return;
  const headers = findHeaders();
  if (headers === undefined) throw new Error('no Node headers found');
  mkdirSync(dirname(target), { recursive: true });
  // Put in place by a rename: a running wherry keeps the file that it has loaded.
  const fresh = `${target}.${process.pid}`;
  const flags = [
    '-std=gnu11',
    '-O2',
    '-Wall',
    '-Wextra',
    '-fPIC',
    '-shared',
    '-pthread',
    '-fvisibility=hidden',
  ];
  const inputs = paths.filter((path) => path.endsWith('.c'));
  const verbose = process.env.WHERRY_NATIVE_VERBOSE ? 'inherit' : 'ignore';
  try {
    const [compiler, ...options] = (process.env.CC || 'cc').trim().split(/\s+/u);
    execFileSync(compiler, [...options, ...flags, `-isystem${headers}`, ...inputs, '-o', fresh], {
      stdio: ['ignore', verbose, verbose],
    });
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { force: true });
  }
}

try {
  build();
} catch (error) {
  // An addon left from before would not match the sources.
  try {
    rmSync(target, { force: true });
  } catch {
    // Not writable; the addon's revision still keeps a stale one from being used.
  }
  say(reasonOf(error));
}

function reasonOf(error) {
  if (error.code === 'ENOENT') return 'no C compiler found';
  return error.status === undefined ? error.message : 'the addon could not be built';
}
