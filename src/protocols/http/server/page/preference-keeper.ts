/** Where the page keeps what it remembers for an account between two visits. Throws `WherryError` only. */
export interface PreferenceKeeper {
  /** An empty object where nothing was kept. */
  load(account: string): Readonly<Record<string, unknown>>;
  /** @throws WherryError `too-large` */
  save(account: string, preferences: Readonly<Record<string, unknown>>): void;
}
