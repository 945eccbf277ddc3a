import type { Account } from '#core/account.ts';
import type { Awaitable } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { ResolvedFileSystem } from './resolved-file-system.ts';
import { RightsFileSystem } from './rights-file-system.ts';
import type { BeforeAction } from './session-controls.ts';
import type { Session } from './session.ts';
import { ToldFileSystem } from './told-file-system.ts';

/** An account as it is now, and its tree. */
export interface Guarded {
  readonly account: Account;
  /** The account's tree, behind its limits where it has any. */
  readonly storage: FileSystem | null;
}

/** An account's tree behind its rights; made by {@link guard}. */
export interface Guard {
  readonly fileSystem: FileSystem;
  /** Goes on with what the account is now; files that are open stay as they were opened. */
  update(guarded: Guarded): void;
}

/**
 * Wraps an account's tree so that every protocol passes the same checks, one layer after the other: rights, name rules
 * and hooks that may forbid what is about to be done; a record of what was done; and where rights or names differ from
 * path to path, the rights once more for the place that links lead to. Nothing else in wherry checks a right. What is
 * done is done at the very place that was judged.
 *
 * @throws WherryError `unavailable` when the account has no tree
 */
export function guard(session: Session, guarded: Guarded): Guard {
  const denials = denialsOf(session);
  const layers = ({ account, storage }: Guarded): FileSystem => {
    if (storage === null) throw new WherryError('unavailable', 'There is no storage for this account');
    return new ToldFileSystem(
      hasOneRule(account) ? storage : behindLinks(account, storage, denials),
      session,
    );
  };
  const fileSystem = new RightsFileSystem({
    account: guarded.account,
    storage: layers(guarded),
    onDenied: denials,
    ask: (action, path, other) => askHooks(session, { action, path, other }),
  });
  return {
    fileSystem,
    update: (changed) => fileSystem.update(changed.account, layers(changed)),
  };
}

/** Whether all paths have the same rights, so that it is all one where links lead. */
function hasOneRule({ access, nameRules }: Account): boolean {
  return access.uniform === true && nameRules === undefined;
}

/** The tree in which links are judged by where they lead. What is told has been told before: this only judges. */
function behindLinks(account: Account, storage: FileSystem, onDenied: OnDenied): FileSystem {
  if (storage.realPath === undefined && !storage.capabilities.symlinks) return storage;
  const strict = storage.withoutLinks?.() ?? storage;
  const target = new RightsFileSystem({ account, storage: strict, onDenied });
  return new ResolvedFileSystem({ tree: storage, target });
}

type OnDenied = ConstructorParameters<typeof RightsFileSystem>[0]['onDenied'];

function denialsOf(session: Session): OnDenied {
  return ({ permission, path, rule }) => {
    const { events } = session;
    if (!events.wants('denied')) return;
    events.emit({ event: 'denied', ...session.facts(), action: permission, path, rule });
  };
}

interface Question {
  readonly action: BeforeAction;
  readonly path: VirtualPath;
  readonly other: string | null;
}

/** Asks whoever may forbid it; undefined when nobody wants to be asked. */
function askHooks(session: Session, question: Question): Promise<void> | undefined {
  const { before } = session;
  if (before?.asks(question.action) !== true) return undefined;
  return heed(session, question, before.refusal({ ...session.facts(), ...question }));
}

/** @throws WherryError `permission` when they forbid it */
async function heed(
  session: Session,
  { action, path }: Question,
  refusal: Awaitable<string | null>,
): Promise<void> {
  const reason = await refusal;
  if (reason === null) return;
  const { events } = session;
  if (events.wants('denied')) {
    const rule = `a hook forbade it: ${reason}`;
    events.emit({ event: 'denied', ...session.facts(), action, path, rule });
  }
  throw new WherryError('permission', reason, { path });
}
