// Writes the declarations of the library into build/types, so that those who use a checkout or the package from
// TypeScript have types whatever their settings are. An installation without the compiler (a published package,
// `npm ci --omit=dev`) keeps what is there. It may be run by an older Node than wherry runs on.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutTypeScriptNames } from './specifiers.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(root, 'build/types');
const stamp = join(output, '.sources');
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const { exports: entries, imports: rooms } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

function filesBelow(directory, ending) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** A digest of all that declarations come from; the same digest needs no second build. */
function digestOfSources() {
  const hash = createHash('sha256');
  const own = ['specifiers.mjs', 'build-types.mjs', 'tsconfig.types.json'].map((name) =>
    join(root, 'scripts', name),
  );
  for (const file of [...filesBelow(join(root, 'src'), '.ts'), ...own, join(root, 'package-lock.json')]) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function build() {
  if (!existsSync(join(root, 'src')) || !existsSync(compiler)) return;
  const digest = digestOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  // Made beside and put in place at the end: nobody meets half of them.
  const fresh = `${output}.${process.pid}`;
  try {
    const project = join(root, 'scripts/tsconfig.types.json');
    execFileSync(process.execPath, [compiler, '-p', project, '--outDir', fresh], { stdio: 'pipe' });
    for (const file of filesBelow(fresh, '.d.ts')) {
      const path = relative(fresh, file).split(sep).join('/');
      writeFileSync(file, withoutTypeScriptNames(readFileSync(file, 'utf8'), path, rooms));
    }
    for (const { types } of Object.values(entries)) {
      if (types === undefined) continue;
      const entry = join(fresh, relative('build/types', types));
      // The declarations speak of Node's streams, which a project may not have asked for by itself.
      writeFileSync(entry, `/// <reference types="node" />\n${readFileSync(entry, 'utf8')}`);
    }
    writeFileSync(join(fresh, '.sources'), digest);
    rmSync(output, { recursive: true, force: true });
    renameSync(fresh, output);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

try {
  build();
} catch (error) {
  // The program runs without them; npm must not fail for it.
  process.stdout.write(`wherry: the declarations could not be written (${error.message.split('\n')[0]})\n`);
  if (process.argv.includes('--strict')) process.exitCode = 1;
}
