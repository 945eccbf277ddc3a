import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellCommands } from './execute.ts';
import type { ShellSession } from './session.ts';

/** Longest wait for a listing while somebody holds the tabulator key. */
const patienceMs = 5000;
/** More names than a person looks through are not offered. */
const mostNames = 1000;

/** What the word at the end of a line may become. */
export async function complete(
  session: ShellSession,
  line: string,
): Promise<[candidates: string[], word: string]> {
  const word = /[^\s;&|>]*$/u.exec(line)?.[0] ?? '';
  const before = line.slice(0, line.length - word.length).trimStart();
  const start = before.split(/[;&|]/u).at(-1)?.trim() ?? '';
  if (start === '') return [commandNames(session).filter((name) => name.startsWith(word)), word];
  const command = shellCommands.find(({ names }) => names.includes(start.split(/\s+/u)[0] ?? ''));
  if (command?.completes === 'remote' && session.isOpen) return [await remoteCandidates(session, word), word];
  if (command?.completes === 'local') return [localCandidates(session, word), word];
  return [
    command?.completes === 'command' ? commandNames(session).filter((name) => name.startsWith(word)) : [],
    word,
  ];
}

function commandNames(session: ShellSession): string[] {
  return [...shellCommands.flatMap(({ names: [name = ''] }) => [name]), ...session.aliases.keys()].toSorted();
}

async function remoteCandidates(session: ShellSession, word: string): Promise<string[]> {
  const prefix = word.slice(0, word.lastIndexOf('/') + 1);
  const found: string[] = [];
  try {
    const signal = AbortSignal.timeout(patienceMs);
    for await (const { name, type } of session.place.list(prefix === '' ? '.' : prefix, { signal })) {
      const text = prefix + name.replaceAll(/[\s"'\\;&#|>]/gu, '\\$&') + (type === 'directory' ? '/' : '');
      if (text.startsWith(word)) found.push(text);
      if (found.length >= mostNames) break;
    }
  } catch {
    // No listing, no names.
  }
  return found;
}

function localCandidates(session: ShellSession, word: string): string[] {
  const prefix = word.slice(0, word.lastIndexOf('/') + 1);
  try {
    return readdirSync(session.local(prefix === '' ? '.' : dirname(`${prefix}x`)), { withFileTypes: true })
      .map(
        (entry) =>
          prefix + entry.name.replaceAll(/[\s"'\\;&#|>]/gu, '\\$&') + (entry.isDirectory() ? '/' : ''),
      )
      .filter((text) => text.startsWith(word))
      .slice(0, mostNames);
  } catch {
    return [];
  }
}
