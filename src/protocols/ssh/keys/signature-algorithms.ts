/** The types of keys, by the name at the head of their public blob. */
export const keyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
] as const;

/** One of {@link keyTypes}. */
export type KeyType = (typeof keyTypes)[number];

interface SignatureRow {
  readonly keyType: KeyType;
  /** Null where the signature scheme hashes by itself. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null;
}

/**
 * Every signature there is in this program, best first. An RSA key's blob says `ssh-rsa` whatever signs with it;
 * the signature of that name, over SHA-1, is not here (RFC 8332).
 */
export const signatureAlgorithms = Object.freeze({
  'ssh-ed25519': { keyType: 'ssh-ed25519', digest: null },
  'ecdsa-sha2-nistp256': { keyType: 'ecdsa-sha2-nistp256', digest: 'sha256' },
  'ecdsa-sha2-nistp384': { keyType: 'ecdsa-sha2-nistp384', digest: 'sha384' },
  'ecdsa-sha2-nistp521': { keyType: 'ecdsa-sha2-nistp521', digest: 'sha512' },
  'rsa-sha2-512': { keyType: 'ssh-rsa', digest: 'sha512' },
  'rsa-sha2-256': { keyType: 'ssh-rsa', digest: 'sha256' },
}) satisfies Readonly<Record<string, SignatureRow>>;

/** A name of {@link signatureAlgorithms}. */
export type SignatureAlgorithm = keyof typeof signatureAlgorithms;

/** Whether a name from the wire is one of {@link signatureAlgorithms}. */
export function isSignatureAlgorithm(name: string): name is SignatureAlgorithm {
  return Object.hasOwn(signatureAlgorithms, name);
}

/** Whether a name from the wire is one of {@link keyTypes}. */
export function isKeyType(name: string): name is KeyType {
  return (keyTypes as readonly string[]).includes(name);
}

/** The signatures that a key of this type makes, best first. */
export function signatureAlgorithmsOf(keyType: KeyType): readonly SignatureAlgorithm[] {
  const names = Object.keys(signatureAlgorithms) as SignatureAlgorithm[];
  return names.filter((name) => signatureAlgorithms[name].keyType === keyType);
}
