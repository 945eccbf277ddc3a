import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Who a passkey is for (W3C WebAuthn 3, section 5.1.2): a name, and the origin of the pages that may ask for it. */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
}

/**
 * The relying party that a request speaks to; null where browsers give no passkeys: without TLS, but on this very
 * machine, and at a bare address.
 */
export function relyingPartyOf(request: FastifyRequest): RelyingParty | null {
  const { protocol, host, hostname } = request;
  const id = hostname.toLowerCase();
  const isLocal = id === 'localhost' || id.endsWith('.localhost');
  if (id === '' || isIP(id.replaceAll(/[[\]]/gu, '')) !== 0) return null;
  if (protocol !== 'https' && !isLocal) return null;
  return { id, origin: `${protocol}://${host.toLowerCase()}` };
}
