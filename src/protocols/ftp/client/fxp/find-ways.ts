import { isIP } from 'node:net';
import { WherryError } from '#core/errors.ts';
import type { FtpSession } from '../session.ts';
import { otherRole, type FxpWay, type Role } from './fxp-options.ts';

const roles: readonly Role[] = ['target', 'source'];

/**
 * The ways in which two servers may come together, the likeliest first. Nothing that is protected on the way to this
 * program is sent in the clear between servers, and one of two servers in TLS must be the client of the other: told
 * by CPSV, as the one that listens, or by SSCN.
 *
 * @throws WherryError `not-supported`, with the reason, when there is none
 */
export function findWays(sessions: Readonly<Record<Role, FtpSession>>): readonly FxpWay[] {
  const { source, target } = sessions;
  if (source.protectData !== target.protectData) {
    const open = source.protectData ? 'target' : 'source';
    throw notPossible(`data connections of the ${open} are in the clear, those of the other server in TLS`);
  }
  if (!source.protectData) return roles.map((passive) => ({ passive, tls: null }));
  const ways = [
    ...roles.flatMap((passive) => listeningClient(sessions, passive)),
    ...switchedClients(sessions),
  ];
  if (ways.length > 0) return ways;
  throw notPossible('both servers are the server of TLS, and neither knows SSCN or CPSV to be its client');
}

/** CPSV answers as PASV does, so that it has no form for IPv6. */
function listeningClient(sessions: Readonly<Record<Role, FtpSession>>, passive: Role): readonly FxpWay[] {
  const { profile, remoteAddress } = sessions[passive];
  const possible = profile.features.has('CPSV') && isIP(remoteAddress ?? '') !== 6;
  return possible ? [{ passive, tls: { verb: 'CPSV', client: passive } }] : [];
}

function switchedClients(sessions: Readonly<Record<Role, FtpSession>>): readonly FxpWay[] {
  const clients = roles.filter((role) => sessions[role].profile.features.has('SSCN'));
  // The one that calls is the client before the one that listens: it is what every TLS library expects.
  return roles.flatMap((passive) =>
    clients
      .toSorted((first) => (first === otherRole(passive) ? -1 : 1))
      .map((client): FxpWay => ({ passive, tls: { verb: 'SSCN', client } })),
  );
}

/** That two servers cannot transfer between them; the file may still pass through this program. */
export function notPossible(reason: string, cause?: unknown): WherryError {
  return new WherryError('not-supported', `The servers cannot transfer between them: ${reason}`, { cause });
}
