// Puts the modules of the program together into few files, in build/program, from which `bin/start.cjs` runs it while the
// sources stay what they are. An installation without the build tool (a published package, `npm ci --omit=dev`)
// keeps what is there. It may be run by an older Node than wherry runs on.
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(root, 'build/program');
const main = join(root, 'src/cli/main.ts');
const { imports: rooms } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** As `bin/start.cjs` compares them. */
function stateOf(path) {
  const { size, mtimeMs, ctimeMs } = statSync(join(root, path));
  return [path, size, mtimeMs, ctimeMs];
}

/**
 * What is named by its place beside the module that starts it is the program of a thread, and is built as one: a file of
 * its own, by whose new place the module names it.
 */
const programsStartedBy = new Map();
const threadPrograms = {
  name: 'thread-programs',
  enforce: 'pre',
  transform(code, id) {
    const named = code.replaceAll(/new URL\('([\w-]+\.ts)', import\.meta\.url\)/gu, (_, name) => {
      const program = join(dirname(id), name);
      const fileName = relative(join(root, 'src'), program).split(sep).join('-').replace(/ts$/u, 'cjs');
      this.emitFile({ type: 'chunk', id: program, fileName });
      programsStartedBy.set(id, [...(programsStartedBy.get(id) ?? []), program]);
      return `new URL('${fileName}', import.meta.url)`;
    });
    return named === code ? null : { code: named, map: null };
  },
};

const table = join(root, 'src/cli/command-table.ts');

/** Names of commands with the modules that they begin with, as the table says. */
function commandModules() {
  const rows = readFileSync(table, 'utf8').matchAll(/name: '([\w-]+)',[^}]*?import\('(.+?)'\)/gu);
  return Array.from(rows, ([, name, path]) => [name, join(dirname(table), path)]);
}

/** All modules that one command may ever load: of the others the table is all it knows. */
function modulesOf(command, edgesOf) {
  const found = new Set();
  const toVisit = [main, command];
  for (let id = toVisit.pop(); id !== undefined; id = toVisit.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    const { imported, later } = edgesOf(id);
    toVisit.push(...imported, ...(id === table ? [] : later), ...(programsStartedBy.get(id) ?? []));
  }
  return [...found];
}

async function build() {
  if (!existsSync(join(root, 'src'))) return;
  let vite;
  try {
    vite = await import('vite');
  } catch {
    return;
  }
  const startedAt = Date.now();
  const aliases = Object.entries(rooms).map(([name, path]) => [
    name.replace('/*', ''),
    join(root, path.replace('/*', '')),
  ]);
  /** All that is read, also what is not found in the output because a constant of it is all that is used. */
  const modules = new Map();
  const listing = {
    name: 'list-modules',
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const { importedIds = [], dynamicallyImportedIds = [] } = this.getModuleInfo(id) ?? {};
        modules.set(id, { imported: importedIds, later: dynamicallyImportedIds });
      }
    },
  };
  const fresh = `${output}.${process.pid}`;
  try {
    const { output: chunks } = await vite.build({
      configFile: false,
      root,
      plugins: [threadPrograms, listing],
      logLevel: process.argv.includes('--verbose') ? 'info' : 'error',
      resolve: { alias: Object.fromEntries(aliases) },
      build: {
        ssr: true,
        target: 'esnext',
        // As deep as the modules lie that name other files by their own place.
        outDir: join(fresh, 'code'),
        copyPublicDir: false,
        sourcemap: true,
        rolldownOptions: {
          input: main,
          checks: { ineffectiveDynamicImport: false },
          // Loads in two thirds of the time of ES modules.
          output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
        },
      },
    });
    const entry = chunks.find(({ facadeModuleId }) => facadeModuleId === main);
    const edgesOf = (id) => modules.get(id) ?? { imported: [], later: [] };
    const write = (name, ids) => {
      const paths = ids
        .filter((id) => id.startsWith(join(root, 'src') + sep) && existsSync(id))
        .map((id) => relative(root, id).split(sep).join('/'));
      const sources = [...paths, 'package.json', 'scripts/build-program.mjs'].map(stateOf);
      if (!paths.includes('src/cli/main.ts'))
        throw new Error('the build tool does not tell what it has read');
      if (sources.some(([, , , changedAt]) => changedAt >= startedAt))
        throw new Error('a source has just been changed');
      writeFileSync(join(fresh, `${name}.json`), JSON.stringify({ main: `code/${entry.fileName}`, sources }));
    };
    write('contents', [...modules.keys()]);
    const commands = [['--version', main], ...commandModules()];
    for (const [name, command] of commands) write(`contents-${name}`, modulesOf(command, edgesOf));
    rmSync(output, { recursive: true, force: true });
    renameSync(fresh, output);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

try {
  await build();
} catch (error) {
  // Everything runs from its modules as well; npm must not fail for it.
  process.stdout.write(`wherry: the program could not be put together (${error.message.split('\n')[0]})\n`);
  if (process.argv.includes('--strict')) process.exitCode = 1;
}
