import type { ConversationLine } from '#core/connection.ts';
import type { LogLine } from '#protocols/http/contract/page/log.ts';

const maximumLines = 5000;
/** A line of a server is shown, not kept as a file. */
const maximumText = 4000;

/** The latest lines of all conversations, secrets masked at their sources. */
export class ConversationLog {
  readonly #tell: (line: LogLine) => void;
  #lines: LogLine[] = [];
  #count = 0;

  constructor(tell: (line: LogLine) => void) {
    this.#tell = tell;
  }

  /** Oldest first. */
  list(): readonly LogLine[] {
    return this.#lines.slice(-maximumLines);
  }

  add(connection: string | null, { kind, text }: ConversationLine): void {
    this.#count += 1;
    const line = { number: this.#count, at: Date.now(), connection, kind, text: text.slice(0, maximumText) };
    this.#lines.push(line);
    // Cut in one go, not line by line.
    if (this.#lines.length >= 2 * maximumLines) this.#lines = this.#lines.slice(-maximumLines);
    this.#tell(line);
  }

  clear(): void {
    this.#lines = [];
  }
}
