// Builds the page into build/web, so that a checkout needs nothing but `npm ci`. An installation without the build tool
// (a published package, `npm ci --omit=dev`) keeps what is there. It may be run by an older Node than wherry runs on.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(root, 'build/web');
const stamp = join(output, '.sources');

function* filesBelow(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) yield path;
  else for (const name of readdirSync(path).sort()) yield* filesBelow(join(path, name));
}

/** A digest of everything the page is made of; the same digest needs no second build. */
function digestOfSources() {
  const hash = createHash('sha256');
  for (const part of ['web', 'src/protocols/http/contract', 'package-lock.json']) {
    for (const file of filesBelow(join(root, part))) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/** Lays compressed copies beside what is text, so that no server compresses the same file twice. */
function compress(directory) {
  const files = Array.from(filesBelow(directory));
  for (const file of files) {
    if (!['.html', '.js', '.css', '.svg'].includes(extname(file))) continue;
    const content = readFileSync(file);
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    writeFileSync(`${file}.br`, brotliCompressSync(content, { params: quality }));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

async function build() {
  if (!existsSync(join(root, 'web/vite.config.ts'))) return;
  const digest = digestOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  let vite;
  try {
    vite = await import('vite');
  } catch {
    return;
  }
  const verbose = process.argv.includes('--verbose');
  // Made beside and put in place at the end: a server, or another build, never meets half a page.
  const fresh = `${output}.${process.pid}`;
  try {
    await vite.build({
      root: join(root, 'web'),
      logLevel: verbose ? 'info' : 'error',
      build: { outDir: fresh, emptyOutDir: true },
    });
    compress(fresh);
    writeFileSync(join(fresh, '.sources'), digest);
    rmSync(output, { recursive: true, force: true });
    renameSync(fresh, output);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

try {
  await build();
} catch (error) {
  // The servers work without the page, and say that it is missing; npm must not fail for it.
  process.stdout.write(`wherry: the page could not be built (${error.message.split('\n')[0]})\n`);
  if (process.argv.includes('--strict')) process.exitCode = 1;
}
