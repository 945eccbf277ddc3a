// How the sources name each other, made into what a package can hold: relative paths to JavaScript.
import { posix } from 'node:path';

/** `from '…'`, `import '…'` and `import('…')`, as prettier and tsc write them. */
const imported = /(\bfrom |\bimport |\bimport\()(['"])([.#][^'"\n]*)\.ts\2/gu;

/** `new URL('…', import.meta.url)`, which is how threads are named. */
const located = /(\bnew URL\('[\w./-]+)\.ts'(?=, import\.meta\.url\))/gu;

/**
 * Rewrites every name of another source in a file.
 *
 * @param {string} text the file
 * @param {string} path where it lies below `src`, with `/` between the parts
 * @param {Readonly<Record<string, string>>} rooms the `imports` of package.json, as in `{"#core/*": "./src/core/*"}`
 */
export function withoutTypeScriptNames(text, path, rooms) {
  return text
    .replaceAll(
      imported,
      (_all, keyword, quote, name) => `${keyword}${quote}${relativeName(name, path, rooms)}.js${quote}`,
    )
    .replaceAll(located, "$1.js'");
}

function relativeName(name, path, rooms) {
  if (!name.startsWith('#')) return name;
  const room = name.slice(0, name.indexOf('/') + 1);
  const directory = rooms[`${room}*`]?.replace(/^\.\/src\//u, '').replace(/\*$/u, '');
  if (directory === undefined) throw new Error(`${path} imports ${name}, which is in no room`);
  const found = posix.relative(posix.dirname(path), directory + name.slice(room.length));
  return found.startsWith('.') ? found : `./${found}`;
}
