// Puts the modules of client commands together into few files, in build/client, from which `bin/start.cjs` runs them while
// the sources stay what they are. An installation without the build tool (a published package, `npm ci --omit=dev`)
// keeps what is there. It may be run by an older Node than wherry runs on.
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(root, 'build/client');
const { imports: rooms } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** As `bin/start.cjs` compares them. */
function stateOf(path) {
  const { size, mtimeMs, ctimeMs } = statSync(join(root, path));
  return [path, size, mtimeMs, ctimeMs];
}

/** The commands that run from there: the files right in the folder, each named as its command. */
function commandsIn(chunks) {
  const folder = join(root, 'src/cli/client') + sep;
  return chunks
    .filter(({ isDynamicEntry, facadeModuleId }) => isDynamicEntry && facadeModuleId?.startsWith(folder))
    .map(({ facadeModuleId }) => facadeModuleId.slice(folder.length).replace(/\.ts$/u, ''))
    .filter((name) => !name.includes(sep));
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
  const modules = [];
  const listing = {
    name: 'list-modules',
    buildEnd() {
      modules.push(...this.getModuleIds());
    },
  };
  const fresh = `${output}.${process.pid}`;
  try {
    const { output: chunks } = await vite.build({
      configFile: false,
      root,
      plugins: [listing],
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
          input: join(root, 'src/cli/main.ts'),
          checks: { ineffectiveDynamicImport: false },
          // Commands of servers are always run from their modules.
          external: [/\/cli\/(?:serve|ui|admin\/[^/]+)\.ts$/u],
          // Loads in two thirds of the time of ES modules.
          output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
        },
      },
    });
    const paths = modules
      .filter((id) => id.startsWith(join(root, 'src') + sep) && existsSync(id))
      .map((id) => relative(root, id).split(sep).join('/'));
    const sources = [...paths, 'package.json', 'scripts/build-client.mjs'].sort().map(stateOf);
    if (!paths.includes('src/cli/main.ts')) throw new Error('the build tool does not tell what it has read');
    if (sources.some(([, , , changedAt]) => changedAt >= startedAt))
      throw new Error('a source has just been changed');
    const entry = chunks.find(({ isEntry }) => isEntry);
    const contents = { main: `code/${entry.fileName}`, commands: commandsIn(chunks), sources };
    writeFileSync(join(fresh, 'contents.json'), JSON.stringify(contents));
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
  process.stdout.write(`wherry: the client could not be put together (${error.message.split('\n')[0]})\n`);
  if (process.argv.includes('--strict')) process.exitCode = 1;
}
