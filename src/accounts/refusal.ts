import type { LoginOutcome } from '#core/authentication.ts';

/** A refused login; the reason is for the log, never for the peer. */
export function refuse(reason: string): LoginOutcome {
  return { outcome: 'refused', reason };
}

/** The reasons that every source of accounts gives in the same words. */
export const refusals = {
  unknownUser: 'there is no such account',
  wrongPassword: 'the password is wrong',
  passwordTooLong: 'the password is longer than any account can have',
  noPassword: 'the account has no password',
  disabled: 'the account is disabled',
  needsTls: 'the account demands an encrypted connection',
  unsupportedCredential: 'this source of accounts knows passwords only',
} as const;
