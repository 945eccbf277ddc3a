import { hostKeyProofData } from '../authentication/host-key-proof-data.ts';
import { signWith, type PrivateKey } from '../keys/private-key.ts';
import { signatureAlgorithmsOf, type SignatureAlgorithm } from '../keys/signature-algorithms.ts';
import type { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';

/** The list of keys that the server tells. */
export function encodeHostKeys(hostKeys: readonly PrivateKey[]): Buffer {
  const writer = new WireWriter();
  for (const { publicKey } of hostKeys) writer.string(publicKey.blob);
  return writer.finish();
}

/**
 * Signs for every key that is asked about; null when one of them is not the server's.
 *
 * @param negotiated the host key algorithm of the connection, which RSA keys go on using
 */
export function proveHostKeys(
  hostKeys: readonly PrivateKey[],
  fields: WireReader,
  session: { readonly id: Buffer; readonly negotiated: string },
): Buffer | null {
  const writer = new WireWriter();
  let left = hostKeys.length;
  while (fields.remaining > 0) {
    const blob = fields.string();
    const hostKey = hostKeys.find((key) => key.publicKey.blob.equals(blob));
    left -= 1;
    if (hostKey === undefined || left < 0) return null;
    const algorithm = proofAlgorithm(hostKey, session.negotiated);
    writer.string(signWith(hostKey, algorithm, hostKeyProofData(session.id, blob)));
  }
  return writer.finish();
}

function proofAlgorithm(hostKey: PrivateKey, negotiated: string): SignatureAlgorithm {
  const possible = signatureAlgorithmsOf(hostKey.publicKey.type);
  const [best] = possible;
  return possible.find((name) => name === negotiated) ?? best ?? 'ssh-ed25519';
}
