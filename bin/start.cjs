// Starts the program from the few files that `scripts/build-program.mjs` has made of its hundreds of modules, which spares
// half of the time that a start takes, or from the modules themselves.
//
// In a checkout these files count only while every source that the command may load is what it was when they were made, so
// that what runs is always what is written there. A package has no sources: its files are made with it.
'use strict';
const { existsSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = join(__dirname, '..');

/** The file that begins the built program; null where there is none, or none of these sources. */
function builtMain() {
  try {
    const [word = ''] = /^[\w-]+$/u.exec(process.argv[2] ?? '') ?? [];
    const names = [`contents-${word}.json`, 'contents.json'];
    const contents = names.map((name) => join(root, 'build/program', name)).find(existsSync);
    const built = JSON.parse(readFileSync(contents, 'utf8'));
    const counts = !existsSync(join(root, 'src/cli')) || built.sources.every(isUnchanged);
    return counts ? join(root, 'build/program', built.main) : null;
  } catch {
    return null;
  }
}

/** Whoever writes to a file, or puts another in its place, changes one of these. */
function isUnchanged([path, size, modifiedAt, changedAt]) {
  // Not by `join`, which takes as long as the question itself.
  const now = statSync(`${root}/${path}`);
  return now.size === size && now.mtimeMs === modifiedAt && now.ctimeMs === changedAt;
}

const built = builtMain();
if (built === null) {
  const main = ['src/cli/main.ts', 'dist/cli/main.js'].map((path) => join(root, path)).find(existsSync);
  void import(pathToFileURL(main));
} else {
  // Places in error messages (WHERRY_DEBUG) are those of the sources.
  if (process.env.WHERRY_DEBUG !== undefined) process.setSourceMapsEnabled(true);
  require(built);
}
