/** Joins a directory and a name (or a path below it). */
export function join(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The last component; empty for the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The canonical path that `input` means when seen from `base`; `..` stops at the root. */
export function resolve(base: string, input: string): string {
  const kept = input.startsWith('/') ? [] : segments(base);
  for (const part of input.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') kept.pop();
    else kept.push(part);
  }
  return `/${kept.join('/')}`;
}

export function segments(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

export function isWithin(path: string, ancestor: string): boolean {
  return ancestor === '/' || path === ancestor || path.startsWith(`${ancestor}/`);
}

/** Every directory from the root down to `path`, with the name each is shown by. */
export function crumbs(path: string): readonly { readonly name: string; readonly path: string }[] {
  const all = [{ name: '/', path: '/' }];
  for (const name of segments(path)) all.push({ name, path: join(all.at(-1)?.path ?? '/', name) });
  return all;
}

/** The way from one directory to another, as synchronised browsing repeats it on the other side. */
export function relativeMove(from: string, to: string): string {
  const before = segments(from);
  const after = segments(to);
  let common = 0;
  while (common < before.length && before[common] === after[common]) common += 1;
  return [...before.slice(common).map(() => '..'), ...after.slice(common)].join('/');
}
