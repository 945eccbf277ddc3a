import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { toWherryError, WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { isCertificateType, parseCertificate } from '../keys/certificate.ts';
import { parsePublicKey, type PublicKey } from '../keys/public-key.ts';
import type { SignatureAlgorithm } from '../keys/signature-algorithms.ts';
import { keepBytes } from '../wire/keep-bytes.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';

/** Message numbers of the agent protocol (draft-ietf-sshm-ssh-agent section 6.1). */
const agentMessage = Object.freeze({
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
});

/** Which digest an RSA key is to sign with (section 4.5.1); other keys have one only. */
const signFlags: Readonly<Partial<Record<SignatureAlgorithm, number>>> = {
  'rsa-sha2-256': 2,
  'rsa-sha2-512': 4,
};

/** Longest answer of an agent: OpenSSH's own limit (AGENT_MAX_LEN), room for hundreds of keys. */
const maximumAnswer = 262_144;
/** Keys that are looked at; a server takes far fewer offers. */
const maximumIdentities = 256;
const lengthField = 4;

/** A key, or a certificate for one, that an agent holds. */
export interface AgentIdentity {
  /** What is offered to a server: the key's blob, or the certificate's. */
  readonly blob: Buffer;
  /** The key itself, also where `blob` is a certificate for it. */
  readonly publicKey: PublicKey;
  readonly certified: boolean;
  readonly comment: string;
}

/** Somebody who signs with keys that never leave him. */
export interface SshAgent {
  /** The keys that are of use here, in the agent's order; others are left out. */
  identities(signal: AbortSignal): Promise<readonly AgentIdentity[]>;
  /** A signature as RFC 4253 section 6.6 has it. @throws WherryError `login-refused` when the agent refuses */
  sign(
    identity: AgentIdentity,
    request: { readonly algorithm: SignatureAlgorithm; readonly data: Uint8Array },
    signal: AbortSignal,
  ): Promise<Buffer>;
}

/**
 * Talks to the agent behind a local socket, as a rule that of `SSH_AUTH_SOCK`. Each question is a connection of its
 * own, so that an agent which waits for its user holds up nothing else.
 */
export function socketAgent(path: string): SshAgent {
  const ask = (payload: Buffer, signal: AbortSignal): Promise<Buffer> => askAgent(path, payload, signal);
  return {
    async identities(signal) {
      const answer = await ask(Buffer.from([agentMessage.requestIdentities]), signal);
      return parseIdentities(answer);
    },
    async sign({ blob }, { algorithm, data }, signal) {
      const request = new WireWriter().byte(agentMessage.signRequest).string(blob).string(data);
      const answer = await ask(request.uint32(signFlags[algorithm] ?? 0).finish(), signal);
      const reader = new WireReader(answer);
      if (reader.byte() !== agentMessage.signResponse) {
        throw new WherryError('login-refused', 'Cannot log in with a key of the SSH agent: it does not sign');
      }
      return reader.string();
    },
  };
}

/**
 * Reads the list of keys of an agent. Keys of unknown kinds are left out.
 *
 * @throws WherryError `protocol` for what is no such list
 */
export function parseIdentities(answer: Buffer): readonly AgentIdentity[] {
  const reader = new WireReader(answer);
  if (reader.byte() !== agentMessage.identitiesAnswer) return [];
  const identities: AgentIdentity[] = [];
  for (let left = Math.min(reader.uint32(), maximumIdentities); left > 0; left -= 1) {
    const identity = parseIdentity(keepBytes(reader.string()), printableName(reader.text()));
    if (identity !== null) identities.push(identity);
  }
  return identities;
}

function parseIdentity(blob: Buffer, comment: string): AgentIdentity | null {
  try {
    const certified = isCertificateType(new WireReader(blob).text());
    const publicKey = certified ? parseCertificate(blob).publicKey : parsePublicKey(blob);
    return { blob, publicKey, certified, comment };
  } catch {
    // A kind of key that nothing here can verify, or a weak one: no server is shown it.
    return null;
  }
}

async function askAgent(path: string, payload: Buffer, signal: AbortSignal): Promise<Buffer> {
  const socket = connect({ path });
  try {
    await once(socket, 'connect', { signal });
    socket.write(new WireWriter().string(payload).finish());
    return await readAnswer(socket, signal);
  } catch (thrown) {
    throw toWherryError(thrown, 'ask the SSH agent');
  } finally {
    socket.destroy();
  }
}

async function readAnswer(socket: Duplex, signal: AbortSignal): Promise<Buffer> {
  const stop = (): void => {
    socket.destroy(toWherryError(signal.reason, 'ask the SSH agent'));
  };
  signal.addEventListener('abort', stop, { once: true });
  let received = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length < lengthField) continue;
      const length = received.readUInt32BE(0);
      if (length === 0 || length > maximumAnswer) {
        throw new WherryError('protocol', 'Cannot use the SSH agent: its answer has an impossible length');
      }
      if (received.length >= lengthField + length)
        return received.subarray(lengthField, lengthField + length);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  throw new WherryError('connection-lost', 'Cannot use the SSH agent: it left without an answer');
}
