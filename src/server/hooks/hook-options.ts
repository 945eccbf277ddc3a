import { isAbsolute } from 'node:path';
import { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import type { EventName } from '#engine/events.ts';
import type { BeforeAction } from '#engine/session-controls.ts';

/** Whom a hook reaches: a web server, or a program of this machine. */
export type HookTarget =
  | {
      readonly kind: 'http';
      /** `http:` or `https:`, without a user and a password. */
      readonly url: string;
      /** What requests are signed with; `whsec_` in front says that the rest is base64. Unsigned when absent. */
      readonly secret?: Secret | undefined;
      /** Further headers, for a token as a rule. */
      readonly headers?: Readonly<Record<string, Secret>> | undefined;
      /**
       * Whether the name may lead to an address of a private network (false). An address in the URL itself, and
       * `localhost`, are taken as meant.
       */
      readonly internal?: boolean | undefined;
    }
  | {
      readonly kind: 'program';
      /** An absolute path. */
      readonly file: string;
      /** Passed as they are; no shell sees them, and nothing of an event is put among them. */
      readonly arguments?: readonly string[] | undefined;
    };

/** Somebody who is told of events after they have happened. */
export interface EventHook {
  /** Unique; what has still to be told is kept under it. */
  readonly name: string;
  readonly target: HookTarget;
  /** The events to tell (transfers, changes of files, logins). */
  readonly events?: readonly EventName[] | undefined;
  /** Longest time for one attempt (10 000). */
  readonly timeoutMs?: number | undefined;
}

/** Somebody who is asked before something is done. */
export interface BeforeHook {
  readonly name: string;
  readonly target: HookTarget;
  readonly actions: readonly BeforeAction[];
  /** Longest time for an answer (5000); whoever has asked waits for so long. */
  readonly timeoutMs?: number | undefined;
  /** What holds when there is no answer or one that makes no sense (`refuse`). */
  readonly onFailure?: 'refuse' | 'allow' | undefined;
}

/** The events that a hook is told of when it does not say which. */
export const defaultHookEvents: readonly EventName[] = Object.freeze([
  'login-accepted',
  'login-refused',
  'transfer-finished',
  'file-changed',
  'ban-added',
]);

/** The headers that a hook may not set, because its request has them already. */
const ownHeaders = /^(?:host|content-.*|connection|transfer-encoding|webhook-.*)$/iu;

/**
 * Checks what somebody has written about hooks.
 *
 * @throws WherryError `invalid-argument` that says what is wrong with which
 */
export function checkHooks(hooks: readonly (EventHook | BeforeHook)[]): void {
  const names = new Set<string>();
  for (const { name, target } of hooks) {
    if (!/^[\w.-]{1,64}$/u.test(name)) {
      throw invalid(name, 'its name has 1 to 64 letters, digits, dots, hyphens or underscores');
    }
    if (names.has(name)) throw invalid(name, 'there are two of that name');
    names.add(name);
    if (target.kind === 'http') checkHttp(name, target);
    else if (!isAbsolute(target.file)) throw invalid(name, 'its program is given by an absolute path');
  }
}

function checkHttp(name: string, { url, headers = {} }: Extract<HookTarget, { kind: 'http' }>): void {
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw invalid(name, 'its address begins with https:// or http://');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid(name, 'its address holds a password; use a header or a secret instead');
  }
  for (const [header, value] of Object.entries(headers)) {
    if (
      !/^[\w-]{1,64}$/u.test(header) ||
      ownHeaders.test(header) ||
      !/^[\u0020-\u007e]{0,4096}$/u.test(value.reveal())
    ) {
      throw invalid(name, `its header "${header.slice(0, 64)}" cannot be sent`);
    }
  }
}

function invalid(name: string, why: string): WherryError {
  return new WherryError('invalid-argument', `Cannot use the hook "${name.slice(0, 64)}": ${why}`);
}
