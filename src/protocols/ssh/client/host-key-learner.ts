import type { Mux } from '../channels/mux.ts';
import { parsePublicKey, verifySignature, type PublicKey } from '../keys/public-key.ts';
import { signatureAlgorithmOf } from '../keys/private-key.ts';
import { isSignatureAlgorithm } from '../keys/signature-algorithms.ts';
import { hostKeyProofData, hostKeysProveRequest } from '../authentication/host-key-proof-data.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';

/** A server has a handful of keys; more are not worth a question. */
const maximumKeys = 32;

/** Learns the keys of a server that is trusted already, and has each of them proved (OpenSSH PROTOCOL section 2.5). */
export class HostKeyLearner {
  readonly #mux: Mux;
  readonly #sessionId: () => Buffer;
  readonly #onHostKeys: ((keys: readonly PublicKey[]) => void) | undefined;

  constructor(
    mux: Mux,
    sessionId: () => Buffer,
    onHostKeys: ((keys: readonly PublicKey[]) => void) | undefined,
  ) {
    this.#mux = mux;
    this.#sessionId = sessionId;
    this.#onHostKeys = onHostKeys;
  }

  /** Takes the server's list of keys. Keys of unknown types are passed over, unproved ones never told. */
  learn(fields: WireReader): void {
    if (this.#onHostKeys === undefined) return;
    const keys: PublicKey[] = [];
    while (fields.remaining > 0 && keys.length < maximumKeys) {
      const key = tryParse(fields.string());
      if (key !== null) keys.push(key);
    }
    if (keys.length > 0) void this.#prove(keys, this.#onHostKeys);
  }

  async #prove(keys: readonly PublicKey[], onHostKeys: (keys: readonly PublicKey[]) => void): Promise<void> {
    const request = new WireWriter();
    for (const key of keys) request.string(key.blob);
    try {
      const answer = await this.#mux.request(hostKeysProveRequest, request.finish());
      if (answer === null) return;
      const reader = new WireReader(answer);
      const proved = keys.filter((key) => this.#isProved(key, reader.string()));
      if (proved.length === keys.length) onHostKeys(proved);
    } catch {
      // A connection that ends, or an answer that makes no sense, teaches nothing and harms nothing.
    }
  }

  #isProved(key: PublicKey, signature: Buffer): boolean {
    const algorithm = signatureAlgorithmOf(signature);
    const data = hostKeyProofData(this.#sessionId(), key.blob);
    return isSignatureAlgorithm(algorithm) && verifySignature(key, algorithm, signature, data);
  }
}

function tryParse(blob: Buffer): PublicKey | null {
  try {
    return parsePublicKey(blob);
  } catch {
    return null;
  }
}
