import type { LoginAttempt } from '#core/authentication.ts';
import { Secret } from '#core/secret.ts';

export const forever: AbortSignal = new AbortController().signal;

/** A login with a password over TLS from a documentation address, changed as wanted. */
export function attempt(user: string, password: string, changes: Partial<LoginAttempt> = {}): LoginAttempt {
  return {
    user,
    credential: { kind: 'password', password: new Secret(password) },
    previous: [],
    protocol: 'ftp',
    remoteAddress: '192.0.2.1',
    secure: true,
    host: null,
    ...changes,
  };
}
