import { signWith, type PrivateKey } from '../keys/private-key.ts';
import { signatureAlgorithmsOf, type SignatureAlgorithm } from '../keys/signature-algorithms.ts';
import type { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';

/** OpenSSH's PROTOCOL section 2.5: the server tells all of its keys so that clients learn new ones in time. */
export const hostKeysRequest = 'hostkeys-00@openssh.com';
/** With this request a client has the server prove that it holds them. */
export const hostKeysProveRequest = 'hostkeys-prove-00@openssh.com';

/** The list of keys that the server tells. */
export function encodeHostKeys(hostKeys: readonly PrivateKey[]): Buffer {
  const writer = new WireWriter();
  for (const { publicKey } of hostKeys) writer.string(publicKey.blob);
  return writer.finish();
}

/** What is signed as the proof for one key. */
export function hostKeyProofData(sessionId: Buffer, blob: Buffer): Buffer {
  return new WireWriter().string(hostKeysProveRequest).string(sessionId).string(blob).finish();
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
