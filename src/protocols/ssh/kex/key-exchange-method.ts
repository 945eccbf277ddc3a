/** What the client keeps between its public value and the server's answer. */
export interface ClientExchange {
  /** What goes to the server, without its wire encoding. */
  readonly publicValue: Buffer;
  /**
   * The shared secret from the server's public value.
   *
   * @throws SshDisconnect (`protocol`) for a value that is not allowed
   */
  finish(serverValue: Buffer): Buffer;
}

/** One way to agree on a secret: a row of the table of key exchanges. */
export interface KeyExchangeMethod {
  /** Hash of the exchange and of the key derivation. */
  readonly digest: 'sha256' | 'sha384' | 'sha512';
  /** How public values are written in messages and in the exchange hash. */
  readonly publicEncoding: 'string' | 'mpint';
  /** How the secret is written in the exchange hash and in the key derivation. */
  readonly secretEncoding: 'string' | 'mpint';
  startClient(): ClientExchange;
  /**
   * The server's whole part.
   *
   * @throws SshDisconnect (`protocol`) for a value that is not allowed
   */
  answer(clientValue: Buffer): { readonly publicValue: Buffer; readonly secret: Buffer };
}
