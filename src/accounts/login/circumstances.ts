import type { LoginAttempt } from '#core/authentication.ts';
import { compileHours } from '../settings/hours.ts';
import type { EffectiveSettings } from '../settings/effective.ts';
import { compileNetworks } from '../settings/networks.ts';
import { refusals } from '../refusal.ts';

/** Why an account may not log in as things stand, in words for the log; null when it may. */
export type Objection = (attempt: LoginAttempt, now: number) => string | null;

/** Protocols that ask for a login in the name of another one. */
const sameProtocol: Readonly<Record<string, string>> = { scp: 'sftp' };
/** Protocols whose TLS version counts; SSH has its own protection. */
const overTls: ReadonlySet<string> = new Set(['ftp', 'ftps', 'http']);

/**
 * Makes the test for everything about a login that is no proof: expiry, hours, networks, protocol and encryption. The
 * networks and hours are compiled once for all logins.
 */
export function compileCircumstances(settings: EffectiveSettings): Objection {
  const { expiresAt, allowedHours, allowedNetworks, deniedNetworks, protocols } = settings;
  const { requireTls, minimumTlsVersion } = settings;
  const inHours = allowedHours === null ? null : compileHours(allowedHours);
  const isAllowed = allowedNetworks === null ? null : compileNetworks(allowedNetworks);
  const isDenied = deniedNetworks.length === 0 ? null : compileNetworks(deniedNetworks);
  return ({ protocol, remoteAddress, secure, tlsVersion }, now) => {
    if (expiresAt !== null && now >= expiresAt) return refusals.expired;
    if (inHours !== null && !inHours(now)) return refusals.outsideHours;
    if (isAllowed !== null && !isAllowed(remoteAddress)) return refusals.wrongNetwork;
    if (isDenied !== null && isDenied(remoteAddress)) return refusals.wrongNetwork;
    const asked = sameProtocol[protocol] ?? protocol;
    if (protocols !== null && !protocols.some((name) => name === asked)) return refusals.wrongProtocol;
    if (requireTls && !secure) return refusals.needsTls;
    if (minimumTlsVersion === null || !overTls.has(protocol)) return null;
    if (!secure) return refusals.needsTls;
    // A protocol that does not tell its version cannot show that it is new enough.
    return isOlder(tlsVersion ?? null, minimumTlsVersion) ? refusals.oldTls : null;
  };
}

function isOlder(version: string | null, minimum: 'TLSv1.2' | 'TLSv1.3'): boolean {
  if (version === null) return true;
  return version !== 'TLSv1.3' && (minimum === 'TLSv1.3' || version !== 'TLSv1.2');
}
