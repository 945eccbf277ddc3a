// Starts a command: those of clients from the few files that `scripts/build-client.mjs` has made of their hundreds of
// modules, which spares half of the time that a short command takes; everything else from its modules.
//
// In a checkout these files count only while every source that they were made of is what it was, so that what runs is
// always what is written there. A package has no sources: its files are made with it.
'use strict';
const { existsSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = join(__dirname, '..');

/** What stands for a whole client in one place; null where it is not there, or not of these sources. */
function builtClient() {
  try {
    const built = JSON.parse(readFileSync(join(root, 'build/client/contents.json'), 'utf8'));
    return !existsSync(join(root, 'src/cli')) || built.sources.every(isUnchanged) ? built : null;
  } catch {
    return null;
  }
}

/** Whoever writes to a file, or puts another in its place, changes one of these. */
function isUnchanged([path, size, modifiedAt, changedAt]) {
  const now = statSync(join(root, path));
  return now.size === size && now.mtimeMs === modifiedAt && now.ctimeMs === changedAt;
}

const built = builtClient();
if (built?.commands.includes(process.argv[2]) === true) {
  // Places in error messages (WHERRY_DEBUG) are those of the sources.
  if (process.env.WHERRY_DEBUG !== undefined) process.setSourceMapsEnabled(true);
  require(join(root, 'build/client', built.main));
} else {
  const main = ['src/cli/main.ts', 'dist/cli/main.js'].map((path) => join(root, path)).find(existsSync);
  void import(pathToFileURL(main));
}
