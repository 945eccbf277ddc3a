import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WherryError } from '#core/errors.ts';

/** A process that was started as root and becomes somebody else for good. */
export interface LesserUser {
  /** Gives these directories, and what lies right in them, to the user; makes those that are missing. */
  own(directories: readonly string[]): void;
  /** Takes root's rights back for what follows, until {@link drop}. */
  regain(): void;
  /** Gives root's rights away for ever. @throws WherryError `permission` when they could be had again */
  drop(): void;
}

/**
 * Goes on with the rights of a user, keeping root in reserve for binding the low ports. Files are opened with the
 * user's rights from the first on, so that none is made that the user could not open later.
 *
 * @param name a user of this machine; its own group is taken, and the groups it is in
 * @throws WherryError `permission` for a process that is not root, `not-found` for a user that is none
 */
export function becomeLesser(name: string): LesserUser {
  const { geteuid, getuid, setuid, seteuid, setgid, setegid, setgroups } = process;
  if (geteuid === undefined || setuid === undefined || seteuid === undefined) throw needsRoot(name);
  if (setgid === undefined || setegid === undefined || setgroups === undefined) throw needsRoot(name);
  if (geteuid() !== 0) throw needsRoot(name);
  const user = idOf(name, '-u');
  const group = idOf(name, '-g');
  const groups = idsOf(name, '-G');
  if (user === 0) throw new WherryError('permission', `Cannot run as ${name}: that is root again`);
  setgroups(groups);
  setegid(group);
  seteuid(user);
  const regain = (): void => {
    seteuid(0);
  };
  return {
    regain,
    own(directories) {
      regain();
      try {
        for (const directory of directories) giveTo(directory, user, group);
      } finally {
        seteuid(user);
      }
    },
    drop() {
      regain();
      setgid(group);
      setuid(user);
      let isRootAgain = true;
      try {
        setuid(0);
      } catch {
        isRootAgain = false;
      }
      if (isRootAgain || getuid?.() !== user || geteuid() !== user)
        throw new WherryError('permission', `Cannot run as ${name}: root’s rights did not go`);
    },
  };
}

function giveTo(directory: string, user: number, group: number): void {
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  chownSync(directory, user, group);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isFile() || entry.isSocket()) chownSync(join(directory, entry.name), user, group);
  }
}

function idOf(name: string, what: '-u' | '-g'): number {
  const [id = 0] = idsOf(name, what);
  return id;
}

/** `id` asks every source of users that the machine has. */
function idsOf(name: string, what: '-u' | '-g' | '-G'): number[] {
  if (!/^[a-z_][\w.-]{0,63}\$?$/iu.test(name)) throw noSuchUser(name);
  try {
    const said = execFileSync('id', [what, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return said.trim().split(' ').map(Number);
  } catch {
    throw noSuchUser(name);
  }
}

function noSuchUser(name: string): WherryError {
  return new WherryError(
    'not-found',
    `Cannot run as ${name}: there is no such user; useradd --system ${name} makes one`,
  );
}

function needsRoot(name: string): WherryError {
  return new WherryError(
    'permission',
    `Cannot run as ${name}: only root becomes another user; start as ${name} itself`,
  );
}
