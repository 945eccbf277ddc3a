import { curve25519 } from './curve25519.ts';
import { diffieHellman } from './diffie-hellman.ts';
import { ecdh } from './ecdh.ts';
import type { KeyExchangeMethod } from './key-exchange-method.ts';
import { mlKem768X25519 } from './ml-kem-x25519.ts';

/** Every key exchange there is in this program, by its name on the wire. */
export const keyExchangeMethods = Object.freeze({
  'mlkem768x25519-sha256': mlKem768X25519,
  'curve25519-sha256': curve25519,
  'curve25519-sha256@libssh.org': curve25519,
  'ecdh-sha2-nistp256': ecdh('prime256v1', 'sha256'),
  'ecdh-sha2-nistp384': ecdh('secp384r1', 'sha384'),
  'ecdh-sha2-nistp521': ecdh('secp521r1', 'sha512'),
  'diffie-hellman-group16-sha512': diffieHellman('modp16', 'sha512'),
  'diffie-hellman-group18-sha512': diffieHellman('modp18', 'sha512'),
  'diffie-hellman-group14-sha256': diffieHellman('modp14', 'sha256'),
}) satisfies Readonly<Record<string, KeyExchangeMethod>>;

/** A name of {@link keyExchangeMethods}. */
export type KeyExchangeName = keyof typeof keyExchangeMethods;
