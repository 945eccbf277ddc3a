import type { Awaitable } from '#core/awaitable.ts';
import { signWith } from '../keys/private-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { SignatureAlgorithm } from '../keys/signature-algorithms.ts';
import type { ClientCredential } from './client-options.ts';

/** A key that is shown to a server, whoever holds its private half. */
export interface KeyOffer {
  readonly publicKey: PublicKey;
  /** What is shown: the key's own blob, or a certificate for it. */
  readonly blob: Buffer;
  readonly certified: boolean;
  /** Whether to ask first if the server knows the key, because signing costs somebody's attention. */
  readonly askFirst: boolean;
  sign(algorithm: SignatureAlgorithm, data: Uint8Array, signal: AbortSignal): Awaitable<Buffer>;
}

type KeyCredential = Extract<ClientCredential, { kind: 'public-key' | 'locked-key' | 'agent' }>;

const makers: Readonly<{
  [Kind in KeyCredential['kind']]: (
    credential: Extract<KeyCredential, { kind: Kind }>,
    signal: AbortSignal,
  ) => Awaitable<readonly KeyOffer[]>;
}> = {
  'public-key': ({ key, certificate }) => [
    {
      publicKey: key.publicKey,
      blob: certificate?.blob ?? key.publicKey.blob,
      certified: certificate !== undefined,
      // Asking costs a round trip, and a key at hand signs for nothing.
      askFirst: false,
      sign: (algorithm, data) => signWith(key, algorithm, data),
    },
  ],
  'locked-key': ({ publicKey, certificate, unlock }) => [
    {
      publicKey,
      blob: certificate?.blob ?? publicKey.blob,
      certified: certificate !== undefined,
      askFirst: true,
      sign: async (algorithm, data, signal) => signWith(await unlock(signal), algorithm, data),
    },
  ],
  agent: async ({ agent }, signal) => {
    const identities = await agent.identities(signal);
    return identities.map((identity) => ({
      publicKey: identity.publicKey,
      blob: identity.blob,
      certified: identity.certified,
      askFirst: true,
      sign: (algorithm, data, whileWanted) => agent.sign(identity, { algorithm, data }, whileWanted),
    }));
  },
};

/** What a credential shows to a server, in order; nothing for an agent that cannot be reached. */
export async function keyOffersOf(
  credential: KeyCredential,
  signal: AbortSignal,
): Promise<readonly KeyOffer[]> {
  try {
    const make = makers[credential.kind] as (
      credential: KeyCredential,
      signal: AbortSignal,
    ) => Awaitable<readonly KeyOffer[]>;
    return await make(credential, signal);
  } catch {
    return [];
  }
}
