import type { ConversationLine, ConversationListener } from '#core/connection.ts';
import { printableName } from '#core/name-encoding.ts';
import type { Reply } from '../../wire/reply.ts';

/** Longest line told to a listener; a hostile server could make each as long as a whole reply. */
const maximumShown = 4096;
/** Lines of one reply that are told. */
const maximumShownLines = 1000;

/** Tells what is said on a control connection. Does nothing without a listener. */
export class Conversation {
  readonly #listener: ConversationListener | null;

  constructor(listener: ConversationListener | undefined) {
    this.#listener = listener ?? null;
  }

  status(text: string): void {
    this.#tell('status', text);
  }

  command(text: string): void {
    this.#tell('command', text);
  }

  error(text: string): void {
    this.#tell('error', text);
  }

  reply({ code, lines }: Reply): void {
    if (this.#listener === null) return;
    const last = lines.length - 1;
    for (const [index, line] of lines.entries()) {
      if (index > maximumShownLines && index < last) continue;
      this.#tell('reply', `${code}${index === last ? ' ' : '-'}${line}`);
    }
  }

  #tell(kind: ConversationLine['kind'], text: string): void {
    if (this.#listener === null) return;
    const shown = text.length > maximumShown ? `${text.slice(0, maximumShown)}…` : text;
    this.#listener({ kind, text: printableName(shown) });
  }
}
