import { WireWriter } from '../wire/wire-writer.ts';

/** OpenSSH's PROTOCOL section 2.5: the server tells all of its keys so that clients learn new ones in time. */
export const hostKeysRequest = 'hostkeys-00@openssh.com';

/** With this request a client has the server prove that it holds them. */
export const hostKeysProveRequest = 'hostkeys-prove-00@openssh.com';

/** What is signed as the proof for one key. */
export function hostKeyProofData(sessionId: Buffer, blob: Buffer): Buffer {
  return new WireWriter().string(hostKeysProveRequest).string(sessionId).string(blob).finish();
}
