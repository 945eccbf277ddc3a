/**
 * Whether a link at `path` (relative to the top) leads to somewhere below the top, by its text alone. Absolute texts
 * name a place of the host that it came from, which is another one here.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  let depth = path.split('/').length - 1;
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    depth += segment === '..' ? -1 : 1;
    if (depth < 0) return false;
  }
  return true;
}
