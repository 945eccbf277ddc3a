// Turns the checkout into what is published, and back: `npm pack` and `npm publish` call it. Node strips no types below
// `node_modules`, so the package holds JavaScript in `dist`, at the same depth as `src`, with the same lines.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { withoutTypeScriptNames } from './specifiers.mjs';

const root = join(import.meta.dirname, '..');
const description = join(root, 'package.json');
/** The description as it is in the checkout, while that of the package stands in its place. */
const kept = join(root, 'build/package.json.of-checkout');

function pack() {
  if (existsSync(kept)) unpack();
  for (const script of ['build-web.mjs', 'build-types.mjs', 'build-program.mjs']) {
    execFileSync(process.execPath, [join(root, 'scripts', script), '--strict'], { stdio: 'inherit' });
  }
  const text = readFileSync(description, 'utf8');
  const checkout = JSON.parse(text);
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  for (const path of globSync('**/*.ts', { cwd: join(root, 'src') })) {
    if (path.endsWith('.test.ts')) continue;
    const code = stripTypeScriptTypes(readFileSync(join(root, 'src', path), 'utf8'));
    const file = join(dist, path.replace(/\.ts$/u, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, withoutTypeScriptNames(code, path, checkout.imports));
  }
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, text);
  const fresh = `${description}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(publishedDescription(checkout), null, 2)}\n`);
  renameSync(fresh, description);
}

const ofCheckoutsAlone = new Set(['devDependencies', 'allowScripts', 'imports']);

/** What an installed package says of itself: no tools to build it with, and JavaScript behind its entry points. */
function publishedDescription(checkout) {
  const published = Object.entries(checkout).filter(([name]) => !ofCheckoutsAlone.has(name));
  return {
    ...Object.fromEntries(published),
    exports: Object.fromEntries(
      Object.entries(checkout.exports).map(([name, entry]) => [
        name,
        typeof entry === 'string'
          ? entry
          : { ...entry, default: entry.default.replace(/^\.\/src\/(.*)\.ts$/u, './dist/$1.js') },
      ]),
    ),
    scripts: { install: 'node scripts/build-native.mjs' },
    // The declarations need Node's; any version that a project has already will do.
    dependencies: { ...checkout.dependencies, '@types/node': '*' },
  };
}

function unpack() {
  if (existsSync(kept)) renameSync(kept, description);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
}

const [task] = process.argv.slice(2);
if (task === '--restore') unpack();
else pack();
