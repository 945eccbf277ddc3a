import type { Entry, EntryType, TimePrecision } from '#core/entry.ts';
import type { EntryRole } from './facts.ts';
import { readTimeValue } from './time-value.ts';

/** One line of MLSD or MLST as a client understands it. */
export interface ParsedFacts {
  /** `name` is the text after the facts, byte for byte: in MLST it may be a whole path. */
  readonly entry: Entry;
  readonly role: EntryRole;
  /** The letters of the `perm` fact in lower case, null when the server did not tell. */
  readonly perm: string | null;
  /** The `unique` fact, equal for the same file within a session. */
  readonly unique: string | null;
}

/**
 * Reads `fact=value;… name` (RFC 3659 section 7.2). The facts end at the first space, everything behind it is the
 * name; fact names are case-insensitive, a value may hold `=`, the last semicolon may be missing. Values that make
 * no sense count as not told. Null when the line has no name.
 */
export function parseFactLine(line: string): ParsedFacts | null {
  const end = line.indexOf(' ');
  const name = line.slice(end + 1);
  if (end < 0 || name === '') return null;
  const facts = readFacts(line.slice(0, end));
  const typeFact = facts.get('type') ?? '';
  const { type, role, linkTarget } = readType(typeFact);
  const modified = facts.get('modify') ?? '';
  const modifiedAt = readTimeValue(modified);
  const size = facts.get('size') ?? (type === 'directory' ? facts.get('sizd') : undefined);
  const entry: Entry = {
    name,
    type,
    size: readNumber(size),
    modifiedAt,
    modifiedPrecision: modifiedAt === null ? null : precisionOf(modified),
    accessedAt: null,
    createdAt: readTimeValue(facts.get('create') ?? ''),
    mode: readMode(facts.get('unix.mode')),
    userId: readNumber(facts.get('unix.uid')),
    groupId: readNumber(facts.get('unix.gid')),
    owner: facts.get('unix.ownername') ?? facts.get('unix.owner') ?? null,
    group: facts.get('unix.groupname') ?? facts.get('unix.group') ?? null,
    links: null,
    device: null,
    inode: null,
    linkTarget,
  };
  return { entry, role, perm: facts.get('perm')?.toLowerCase() ?? null, unique: facts.get('unique') ?? null };
}

function readFacts(text: string): Map<string, string> {
  const facts = new Map<string, string>();
  let equals = -1;
  for (let start = 0; start < text.length;) {
    const semicolon = text.indexOf(';', start);
    const end = semicolon < 0 ? text.length : semicolon;
    if (equals < start) equals = text.indexOf('=', start);
    if (equals < 0) break;
    if (equals > start && equals < end)
      facts.set(text.slice(start, equals).toLowerCase(), text.slice(equals + 1, end));
    start = end + 1;
  }
  return facts;
}

const typeWords: Readonly<Record<string, readonly [EntryType, EntryRole]>> = {
  file: ['file', 'entry'],
  dir: ['directory', 'entry'],
  cdir: ['directory', 'current'],
  pdir: ['directory', 'parent'],
};

const linkType = /^os\.(?:unix|[a-z0-9]+)=(?:slink|symlink|link)(?::(.*))?$/i;

function readType(fact: string): { type: EntryType; role: EntryRole; linkTarget: string | null } {
  const lower = fact.toLowerCase();
  const word = Object.hasOwn(typeWords, lower) ? typeWords[lower] : undefined;
  if (word !== undefined) return { type: word[0], role: word[1], linkTarget: null };
  const link = linkType.exec(fact);
  if (link !== null) return { type: 'symlink', role: 'entry', linkTarget: link[1] ?? null };
  return { type: fact === '' ? 'file' : 'other', role: 'entry', linkTarget: null };
}

function precisionOf(text: string): TimePrecision {
  return text.includes('.') ? 'subsecond' : 'second';
}

function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function readMode(text: string | undefined): number | null {
  return text !== undefined && /^[0-7]{1,7}$/.test(text) ? Number.parseInt(text, 8) & 0o7777 : null;
}
