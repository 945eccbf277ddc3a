/** A line of the conversation with a server, as FileZilla's message log shows it. Secrets are masked at its source. */
export interface LogLine {
  /** Counts up by one within a run of the backend. */
  readonly number: number;
  readonly at: number;
  /** Null for the program's own remarks. */
  readonly connection: string | null;
  readonly kind: 'status' | 'command' | 'reply' | 'error';
  readonly text: string;
}

export interface LogRoutes {
  /** The latest lines (5,000 at most), oldest first. */
  'GET /log': { reply: { readonly lines: readonly LogLine[] } };
  'DELETE /log': { reply: null };
}
