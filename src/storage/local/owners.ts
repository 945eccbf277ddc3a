import { readFileSync } from 'node:fs';

/** How long a reading of the two files is believed; accounts change seldom and listings are many. */
const validForMs = 60_000;

type Names = ReadonlyMap<number, string>;

const none: Names = new Map();

/** Names of users and groups by number, as passwd(5) and group(5) say. */
export class OwnerNames {
  readonly #passwd: string;
  readonly #group: string;
  #users: Names = none;
  #groups: Names = none;
  #readAt = -Infinity;

  constructor(passwd = '/etc/passwd', group = '/etc/group') {
    this.#passwd = passwd;
    this.#group = group;
  }

  userName(id: number): string | null {
    this.#refresh();
    return this.#users.get(id) ?? null;
  }

  groupName(id: number): string | null {
    this.#refresh();
    return this.#groups.get(id) ?? null;
  }

  #refresh(): void {
    const now = performance.now();
    if (now - this.#readAt < validForMs) return;
    this.#readAt = now;
    this.#users = readNames(this.#passwd);
    this.#groups = readNames(this.#group);
  }
}

function readNames(file: string): Names {
  try {
    return parseNames(readFileSync(file, 'utf8'));
  } catch {
    // A host without such a file has owners without names, which listings show as numbers.
    return none;
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
