import { readFileSync } from 'node:fs';

/** How long a reading of the two files is believed; accounts change seldom and listings are many. */
const validForMs = 60_000;

type Names = ReadonlyMap<number, string>;

/** Names of users and groups by number, as they were at one time. */
export class KnownOwners {
  readonly #users: Names;
  readonly #groups: Names;

  constructor(users: Names, groups: Names) {
    this.#users = users;
    this.#groups = groups;
  }

  userName(id: number): string | null {
    return this.#users.get(id) ?? null;
  }

  groupName(id: number): string | null {
    return this.#groups.get(id) ?? null;
  }
}

/** Names of users and groups by number, as passwd(5) and group(5) say. */
export class OwnerNames {
  readonly #passwd: string;
  readonly #group: string;
  #known = new KnownOwners(new Map(), new Map());
  #readAt = -Infinity;

  constructor(passwd = '/etc/passwd', group = '/etc/group') {
    this.#passwd = passwd;
    this.#group = group;
  }

  /** The names that hold now; a listing asks once for many entries. */
  current(): KnownOwners {
    const now = performance.now();
    if (now - this.#readAt >= validForMs) {
      this.#readAt = now;
      this.#known = new KnownOwners(readNames(this.#passwd), readNames(this.#group));
    }
    return this.#known;
  }
}

function readNames(file: string): Names {
  try {
    return parseNames(readFileSync(file, 'utf8'));
  } catch {
    // A host without such a file has owners without names, which listings show as numbers.
    return new Map();
  }
}

/** The first name of each number, as getpwuid(3) finds it. */
export function parseNames(text: string): Names {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name = '', , id = ''] = line.split(':', 3);
    if (name !== '' && /^\d{1,10}$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}
