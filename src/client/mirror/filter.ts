import picomatch from 'picomatch';
import type { Entry } from '#core/entry.ts';
import type { MirrorFilter } from './options.ts';

/** Decides what a mirror is about. Paths are relative to the top. */
export interface Filter {
  /** Whether an entry is left alone on both sides; a directory then is not entered. */
  excludes(path: string, name: string, type: Entry['type']): boolean;
  /** Whether only some files are selected, so that whole directories are no matter of the mirror. */
  readonly isSelective: boolean;
  /** Whether a file is to be copied, as far as that is up to the filter. */
  selects(path: string, name: string, entry: Pick<Entry, 'size' | 'modifiedAt'>): boolean;
}

type Matcher = (path: string, name: string, type: Entry['type']) => boolean;

/** Compiles the globs once: a tree has many more names than patterns. */
export function compileFilter(filter: MirrorFilter): Filter {
  const excluded = (filter.exclude ?? []).map(compileGlob);
  const included = (filter.include ?? []).map(compileInclusion);
  const { minimumBytes, maximumBytes, modifiedAfter, modifiedBefore } = filter;
  const fits = (value: number | null, lowest: number | undefined, highest: number | undefined): boolean =>
    (lowest === undefined || (value !== null && value >= lowest)) &&
    (highest === undefined || (value !== null && value <= highest));
  const bounds = [minimumBytes, maximumBytes, modifiedAfter, modifiedBefore];
  return {
    isSelective: included.length > 0 || bounds.some((bound) => bound !== undefined),
    excludes: (path, name, type) => excluded.some((matches) => matches(path, name, type)),
    selects: (path, name, { size, modifiedAt }) =>
      (included.length === 0 || included.some((matches) => matches(path, name, 'file'))) &&
      fits(size, minimumBytes, maximumBytes) &&
      fits(modifiedAt, modifiedAfter, modifiedBefore),
  };
}

/** A glob for a directory stands for every file below it, one for files for those that fit. */
function compileInclusion(glob: string): Matcher {
  const matches = compileGlob(glob);
  if (!glob.endsWith('/')) return matches;
  return (path) => {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const directory = path.slice(0, end);
      if (matches(directory, directory.slice(directory.lastIndexOf('/') + 1), 'directory')) return true;
    }
    return false;
  };
}

function compileGlob(glob: string): Matcher {
  const forDirectories = glob.endsWith('/');
  const body = (forDirectories ? glob.slice(0, -1) : glob).replace(/^\//, '');
  const byPath = body.includes('/') || glob.startsWith('/');
  const matches = picomatch(body, { dot: true });
  return (path, name, type) => (!forDirectories || type === 'directory') && matches(byPath ? path : name);
}
