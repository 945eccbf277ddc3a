import { glob, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** One import or re-export. */
export interface Import {
  /** The file that imports, as a path from the project's root. */
  readonly file: string;
  /** What stands in the quotes. */
  readonly target: string;
  /** `types` is gone when the program runs; `called` is an `import()`. */
  readonly kind: 'values' | 'types' | 'called';
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s(type\s)?(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g;

/** Every import of the sources, tests left out. */
export async function findImports(): Promise<readonly Import[]> {
  const found: Import[] = [];
  for await (const name of glob('src/**/*.ts', { cwd: root })) {
    if (name.endsWith('.test.ts') || name.endsWith('/conformance.ts')) continue;
    const text = await readFile(join(root, name), 'utf8');
    for (const [, type, target, called] of text.matchAll(importPattern)) {
      if (called !== undefined) found.push({ file: name, target: called, kind: 'called' });
      else found.push({ file: name, target: target ?? '', kind: type === undefined ? 'values' : 'types' });
    }
  }
  return found;
}

/** The file that an import names, as a path from the root; null for packages and Node's own modules. */
export function resolveImport({ file, target }: Pick<Import, 'file' | 'target'>): string | null {
  if (target.startsWith('#')) return `src/${target.slice(1)}`;
  if (target.startsWith('.')) return relative(root, join(root, dirname(file), target));
  return null;
}
