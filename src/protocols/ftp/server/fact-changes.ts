import type { Entry } from '#core/entry.ts';
import type { Attributes, Capabilities } from '#core/file-system.ts';
import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { readOctal } from '../wire/site-arguments.ts';
import { readTimeValue } from '../wire/time-value.ts';
import { modificationTime } from './file-times.ts';

/** A fact that MFF changes: its name for FEAT, whether the storage can, how it is read, and what then holds. */
interface ChangeableFact {
  readonly name: string;
  readonly capability: 'setTimes' | 'setMode' | 'setOwner';
  /** The attribute to set; null when the value makes no sense. */
  readonly read: (value: string, entry: Entry) => Attributes | null;
  readonly tell: (entry: Entry, path: VirtualPath) => string;
}

const facts: readonly ChangeableFact[] = [
  {
    name: 'Modify',
    capability: 'setTimes',
    read: (value) => {
      const modifiedAt = readTimeValue(value);
      return modifiedAt === null ? null : { modifiedAt };
    },
    tell: modificationTime,
  },
  {
    name: 'UNIX.mode',
    capability: 'setMode',
    read: (value) => {
      const mode = readOctal(value);
      return mode === null ? null : { mode };
    },
    tell: ({ mode }) => (mode ?? 0).toString(8).padStart(4, '0'),
  },
  {
    name: 'UNIX.group',
    capability: 'setOwner',
    // Names of groups mean nothing to a storage, except the one that it tells itself.
    read: (value, entry) => {
      const groupId = value === entry.group ? entry.groupId : readIdentifier(value);
      return groupId === null ? null : { groupId };
    },
    tell: ({ group, groupId }) => group ?? String(groupId ?? ''),
  },
];

const largestIdentifier = 0xffff_fffe;

function readIdentifier(value: string): number | null {
  const identifier = /^\d{1,10}$/.test(value) ? Number(value) : Number.POSITIVE_INFINITY;
  return identifier <= largestIdentifier ? identifier : null;
}

/** The line of FEAT for MFF, for as much as the storage can; without a login for everything. */
export function changeableFacts(capabilities: Capabilities | null): string[] {
  const names = facts.flatMap(({ name, capability }) =>
    capabilities === null || capabilities[capability] ? [`${name};`] : [],
  );
  return names.length === 0 ? [] : [`MFF ${names.join('')}`];
}

/** What MFF was asked to change: facts by their names in lower case. */
export interface PreparedChange {
  readonly attributes: Attributes;
  /** The reply's `fact=value;…` once the change is made: what is really stored. */
  readonly tell: (entry: Entry, path: VirtualPath) => string;
}

/**
 * Reads all changes before any is made.
 *
 * @param entry the file as it is
 * @throws WherryError `not-supported` for a fact that cannot be changed, `invalid-argument` for its value
 */
export function prepareChange(
  wanted: ReadonlyMap<string, string>,
  entry: Entry,
  capabilities: Capabilities,
): PreparedChange {
  const attributes: Attributes = {};
  const chosen: ChangeableFact[] = [];
  for (const [name, value] of wanted) {
    const fact = facts.find((candidate) => candidate.name.toLowerCase() === name);
    if (fact === undefined || !capabilities[fact.capability]) {
      throw new WherryError('not-supported', `The fact ${name} cannot be changed`);
    }
    const change = fact.read(value, entry);
    if (change === null) throw new WherryError('invalid-argument', `The value of ${fact.name} is not valid`);
    Object.assign(attributes, change);
    chosen.push(fact);
  }
  return {
    attributes,
    tell: (changed, path) => chosen.map(({ name, tell }) => `${name}=${tell(changed, path)};`).join(''),
  };
}
