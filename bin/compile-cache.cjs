// Has Node keep what it makes of the program's modules, which is most of the time that a short command takes. Loaded
// before them, in every thread, in plain JavaScript, so that nothing has to be stripped of types once all is kept.
//
// What lies there is run without being looked at, so it is only used where nobody else can write; where that cannot
// be, all goes on without it. NODE_DISABLE_COMPILE_CACHE=1 turns it off.
'use strict';
const { mkdirSync, statSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { homedir } = require('node:os');
const { isAbsolute, join } = require('node:path');

/** Bits that let others than the owner write. */
const writableByOthers = 0o022;

try {
  const { XDG_CACHE_HOME: named = '' } = process.env;
  const directory = join(isAbsolute(named) ? named : join(homedir(), '.cache'), 'wherry', 'modules');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(directory);
  if (uid === process.getuid?.() && (mode & writableByOthers) === 0) enableCompileCache(directory);
} catch {
  // A home that is not there, or not writable: the program starts as it would without.
}
