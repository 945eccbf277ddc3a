import type { Entry } from '#core/entry.ts';
import { lineSafeName } from './listing-name.ts';
import { createTimeFormatter } from './time-value.ts';

/** The facts of MLST and MLSD that wherry can tell, in the order in which it tells them (RFC 3659 section 7.5). */
export const factNames = [
  'type',
  'size',
  'modify',
  'create',
  'perm',
  'unique',
  'UNIX.mode',
  'UNIX.owner',
  'UNIX.group',
  'UNIX.uid',
  'UNIX.gid',
] as const;

export type FactName = (typeof factNames)[number];

/** The facts that are on; a subset of {@link factNames}. */
export type FactSelection = ReadonlySet<FactName>;

/** What is on until OPTS MLST says otherwise. */
export const defaultFacts: FactSelection = new Set<FactName>([
  'type',
  'size',
  'modify',
  'perm',
  'unique',
  'UNIX.mode',
]);

/** What the user may do with an entry; each is one letter of the `perm` fact (RFC 3659 section 7.5.5). */
export interface FactRights {
  /** APPE to the file. */
  readonly append?: boolean;
  /** Create files in the directory. */
  readonly create?: boolean;
  /** Delete the entry itself; a directory only when it is empty. */
  readonly delete?: boolean;
  /** Enter the directory with CWD. */
  readonly enter?: boolean;
  readonly rename?: boolean;
  readonly list?: boolean;
  readonly makeDirectory?: boolean;
  /** Delete what the directory holds. */
  readonly purge?: boolean;
  readonly retrieve?: boolean;
  /** STOR to the file. */
  readonly write?: boolean;
}

const rightLetters: readonly (readonly [keyof FactRights, string])[] = [
  ['append', 'a'],
  ['create', 'c'],
  ['delete', 'd'],
  ['enter', 'e'],
  ['rename', 'f'],
  ['list', 'l'],
  ['makeDirectory', 'm'],
  ['purge', 'p'],
  ['retrieve', 'r'],
  ['write', 'w'],
];

/** The letters of the `perm` fact; make each combination once, not once for every entry. */
export function formatRights(rights: FactRights): string {
  let letters = '';
  for (const [right, letter] of rightLetters) if (rights[right] === true) letters += letter;
  return letters;
}

/** How an entry stands to the directory that is listed: in it, the directory itself, or the one above. */
export type EntryRole = 'entry' | 'current' | 'parent';

export interface FactOptions {
  /** The letters of the `perm` fact, made with {@link formatRights}; without it `perm` is never told. */
  readonly permOf?: (entry: Entry, role: EntryRole) => string;
}

export interface FactLine {
  readonly role?: EntryRole;
  /** What stands for the entry instead of its name: the whole path in MLST, `.` and `..` in MLSD. */
  readonly name?: string;
}

/** Writes `fact=value;… name` without line end; the name follows exactly one space. */
export type FactFormatter = (entry: Entry, line?: FactLine) => string;

type FactWriter = (entry: Entry, role: EntryRole) => string;

/**
 * Makes the function that writes the entries of one listing. A fact that is not known of an entry is left out.
 * A time has a fraction only where its source had one, and a link that was not followed is `OS.unix=slink:target`.
 */
export function createFactFormatter(selection: FactSelection, options: FactOptions = {}): FactFormatter {
  const { permOf } = options;
  const writers: Readonly<Record<FactName, FactWriter | null>> = {
    ...plainWriters,
    modify: modifyWriter(),
    create: createWriter(),
    unique: uniqueWriter(),
    perm: permOf === undefined ? null : (entry, role) => `perm=${permOf(entry, role)};`,
  };
  const chosen = factNames.flatMap((name) => {
    const writer = selection.has(name) ? writers[name] : null;
    return writer === null ? [] : [writer];
  });
  return (entry, line) => {
    const role = line?.role ?? 'entry';
    let text = '';
    for (const writer of chosen) text += writer(entry, role);
    return `${text} ${lineSafeName(line?.name ?? entry.name)}`;
  };
}

const plainWriters: Readonly<Record<Exclude<FactName, 'modify' | 'create' | 'unique' | 'perm'>, FactWriter>> =
  {
    type: writeType,
    size: ({ size, type }) => (size === null || type === 'directory' ? '' : `size=${size};`),
    'UNIX.mode': ({ mode }) => (mode === null ? '' : `UNIX.mode=${octal(mode)};`),
    'UNIX.owner': ({ owner }) => (isFactValue(owner) ? `UNIX.owner=${owner};` : ''),
    'UNIX.group': ({ group }) => (isFactValue(group) ? `UNIX.group=${group};` : ''),
    'UNIX.uid': ({ userId }) => (userId === null ? '' : `UNIX.uid=${userId};`),
    'UNIX.gid': ({ groupId }) => (groupId === null ? '' : `UNIX.gid=${groupId};`),
  };

function writeType({ type, linkTarget }: Entry, role: EntryRole): string {
  if (role === 'current') return 'type=cdir;';
  if (role === 'parent') return 'type=pdir;';
  if (type === 'file') return 'type=file;';
  if (type === 'directory') return 'type=dir;';
  if (type === 'other') return 'type=OS.unix=special;';
  return isFactValue(linkTarget) ? `type=OS.unix=slink:${linkTarget};` : 'type=OS.unix=slink;';
}

function modifyWriter(): FactWriter {
  const format = createTimeFormatter();
  return ({ modifiedAt, modifiedPrecision }) =>
    modifiedAt === null ? '' : `modify=${format(modifiedAt, modifiedPrecision === 'subsecond')};`;
}

/** Never later than `modify`, which clients take for granted (RFC 3659 section 7.5.3 and 7.5.4). */
function createWriter(): FactWriter {
  const format = createTimeFormatter();
  return ({ createdAt, modifiedAt, modifiedPrecision }) => {
    if (createdAt === null) return '';
    const time = modifiedAt !== null && modifiedAt < createdAt ? modifiedAt : createdAt;
    return `create=${format(time, modifiedPrecision === 'subsecond')};`;
  };
}

/** The device changes rarely within a listing, so that its text is kept. */
function uniqueWriter(): FactWriter {
  let lastDevice: number | null = null;
  let prefix = '';
  return ({ device, inode }) => {
    if (device === null || inode === null) return '';
    if (device !== lastDevice) {
      lastDevice = device;
      prefix = `unique=${base36(device)}U`;
    }
    return `${prefix}${base36(inode)};`;
  };
}

const base36Pairs: readonly string[] = Array.from({ length: 1296 }, (_, value) =>
  value.toString(36).padStart(2, '0'),
);

/** Base 36, two digits at a time; numbers beyond what a double says exactly keep the text that JavaScript gives. */
function base36(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) return String(value);
  let rest = value;
  let text = '';
  do {
    const next = Math.floor(rest / 1296);
    text = (base36Pairs[rest - next * 1296] ?? '') + text;
    rest = next;
  } while (rest > 0);
  return text;
}

const octals: readonly string[] = Array.from({ length: 0o10000 }, (_, mode) =>
  mode.toString(8).padStart(4, '0'),
);

function octal(mode: number): string {
  return octals[mode & 0o7777] ?? '';
}

/** Whether a text can stand as a value: a space would end the facts and a semicolon the value. */
function isFactValue(text: string | null): text is string {
  // oxlint-disable-next-line no-control-regex -- control characters must not pass
  return text !== null && text !== '' && !/[\u0000-\u0020;\u007f]/.test(text);
}
