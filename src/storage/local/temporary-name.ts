import { randomUUID } from 'node:crypto';

/** How names begin under which uploads grow before they are published. No session sees or makes such a name. */
export const temporaryPrefix = '.wherry-upload-';

/** Age at which a temporary file that no upload of this process owns is taken for a left-over. */
export const leftOverAgeMs = 24 * 60 * 60 * 1000;

/** Names in use by this process, whatever their age. */
const live = new Set<string>();

/** A name that nobody can guess, in use until {@link releaseTemporaryName}. */
export function takeTemporaryName(): string {
  const name = temporaryPrefix + randomUUID();
  live.add(name);
  return name;
}

export function releaseTemporaryName(name: string): void {
  live.delete(name);
}

export function isTemporaryName(name: string): boolean {
  return name.startsWith(temporaryPrefix);
}

/** Whether a component of the path is a temporary name. */
export function hasTemporaryName(path: string): boolean {
  return path.includes(`/${temporaryPrefix}`);
}

/** Whether a temporary file was left by a process that died. */
export function isLeftOver(name: string, modifiedAt: number, now: number): boolean {
  return !live.has(name) && now - modifiedAt > leftOverAgeMs;
}
