import type { Entry } from '#core/entry.ts';
import { packetType } from '../wire/packet-types.ts';
import { SftpReader } from '../wire/sftp-reader.ts';
import { extendedAnswer } from './answers.ts';
import type { SftpSession } from './remote-file.ts';

const extension = 'users-groups-by-id@openssh.com';
/** Numbers of one question; servers refuse very long ones. */
const largestQuestion = 256;
/** Names that are remembered; a server of more owners is asked again. */
const largestCache = 4096;

/** Names of users and groups by number, asked of the server once each (OpenSSH PROTOCOL section 4.8). */
export class IdentityCache {
  readonly #session: SftpSession;
  readonly #users = new Map<number, string | null>();
  readonly #groups = new Map<number, string | null>();

  constructor(session: SftpSession) {
    this.#session = session;
  }

  /** The entries with the names of their owners, where the server has any. */
  async name(entries: readonly Entry[]): Promise<readonly Entry[]> {
    if (!this.#session.features.has(extension)) return entries;
    await this.#learn(entries);
    return entries.map((entry) => ({
      ...entry,
      owner: entry.userId === null ? null : (this.#users.get(entry.userId) ?? null),
      group: entry.groupId === null ? null : (this.#groups.get(entry.groupId) ?? null),
    }));
  }

  async #learn(entries: readonly Entry[]): Promise<void> {
    const users = unknownOf(entries, this.#users, ({ userId }) => userId);
    const groups = unknownOf(entries, this.#groups, ({ groupId }) => groupId);
    if (users.length === 0 && groups.length === 0) return;
    if (this.#users.size + this.#groups.size > largestCache) {
      this.#users.clear();
      this.#groups.clear();
    }
    // What the server does not answer is not asked again.
    for (const id of users) this.#users.set(id, null);
    for (const id of groups) this.#groups.set(id, null);
    try {
      await this.#ask(users, groups);
    } catch {
      // A listing without names is a listing still.
    }
  }

  async #ask(users: readonly number[], groups: readonly number[]): Promise<void> {
    const [userNames, groupNames] = await this.#session.requests.ask(
      {
        type: packetType.extended,
        fields: (writer) => writer.string(extension).string(encodeIds(users)).string(encodeIds(groups)),
      },
      extendedAnswer(
        { action: 'ask for names' },
        (reader) => [decodeNames(reader.string()), decodeNames(reader.string())] as const,
      ),
    );
    remember(this.#users, users, userNames);
    remember(this.#groups, groups, groupNames);
  }
}

function unknownOf(
  entries: readonly Entry[],
  known: ReadonlyMap<number, string | null>,
  idOf: (entry: Entry) => number | null,
): readonly number[] {
  const unknown = new Set<number>();
  for (const entry of entries) {
    const id = idOf(entry);
    if (id !== null && !known.has(id) && unknown.size < largestQuestion) unknown.add(id);
  }
  return Array.from(unknown);
}

function remember(cache: Map<number, string | null>, ids: readonly number[], names: readonly string[]): void {
  for (const [index, id] of ids.entries()) {
    const name = names[index];
    if (name !== undefined && name !== '') cache.set(id, name);
  }
}

function encodeIds(ids: readonly number[]): Buffer {
  const bytes = Buffer.alloc(ids.length * 4);
  for (const [index, id] of ids.entries()) bytes.writeUInt32BE(id, index * 4);
  return bytes;
}

function decodeNames(bytes: Buffer): readonly string[] {
  const reader = new SftpReader(bytes);
  const names: string[] = [];
  while (reader.remaining > 0 && names.length < largestQuestion) names.push(reader.text());
  return names;
}
