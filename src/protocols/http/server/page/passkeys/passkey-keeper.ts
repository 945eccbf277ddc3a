/** A passkey as it is kept. */
export interface KeptPasskey {
  /** The credential id in base64url. */
  readonly id: string;
  readonly account: string;
  readonly name: string;
  /** COSE (RFC 9052) in base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly relyingParty: string;
  /** Milliseconds since 1970 in UTC. */
  readonly addedAt: number;
  readonly lastUsedAt: number | null;
}

/** Where passkeys are kept. Throws `WherryError` only. */
export interface PasskeyKeeper {
  /** @throws WherryError `exists`, `too-many`, `not-found` for an account that is none */
  add(passkey: Omit<KeptPasskey, 'addedAt' | 'lastUsedAt'>): Promise<KeptPasskey>;
  list(account: string): Promise<readonly KeptPasskey[]>;
  find(id: string): Promise<KeptPasskey | null>;
  noteUse(id: string, counter: number): Promise<void>;
  /** @throws WherryError `not-found` for one that is none of this account's */
  remove(account: string, id: string): Promise<void>;
}
