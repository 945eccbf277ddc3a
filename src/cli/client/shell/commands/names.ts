import picomatch from 'picomatch';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import { joinName, nameOf, parentOf, type VirtualPath } from '#core/virtual-path.ts';
import type { ShellCall } from '../shell-command.ts';

/** A remote name that a word stands for. */
export interface RemoteName {
  readonly path: VirtualPath;
  /** Known where the word was a pattern. */
  readonly entry: Entry | null;
}

const wildcard = /[*?[{]/u;

/** What a word stands for on the server: itself, or what fits it where its last part is a pattern. */
export async function remoteNames(
  { session, quoted, signal }: ShellCall,
  word: string,
): Promise<readonly RemoteName[]> {
  const { place } = session;
  const path = place.resolve(word);
  const pattern = nameOf(path);
  if (quoted.has(word) || !wildcard.test(pattern)) return [{ path, entry: null }];
  const directory = parentOf(path);
  const fits = picomatch(pattern, { dot: pattern.startsWith('.') });
  const found: RemoteName[] = [];
  for await (const entry of place.list(directory, { signal })) {
    if (fits(entry.name)) found.push({ path: joinName(directory, entry.name), entry });
  }
  if (found.length === 0) throw new WherryError('not-found', `Nothing fits "${word}"`, { path: word });
  return found;
}

/** {@link remoteNames} of several words. */
export async function allRemoteNames(
  call: ShellCall,
  words: readonly string[],
): Promise<readonly RemoteName[]> {
  const found: RemoteName[] = [];
  for (const word of words) found.push(...(await remoteNames(call, word)));
  return found;
}
