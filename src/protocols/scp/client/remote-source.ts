import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import { nameOf, type VirtualPath } from '#core/virtual-path.ts';
import { parseControlLine } from '../wire/control-line.ts';
import { entryOfLine, type LineTimes } from './entries.ts';
import { problemOf, type ScpConversation } from './scp-conversation.ts';

/** A file or directory that the server offers; nothing was answered to it yet. */
export interface Offer {
  readonly entry: Entry;
  readonly kind: 'file' | 'directory';
  readonly size: number;
}

/** Reads what the server's scp offers, line by line. */
export class RemoteSource {
  readonly #conversation: ScpConversation;
  #times: LineTimes | null = null;

  constructor(conversation: ScpConversation) {
    this.#conversation = conversation;
  }

  /**
   * What a path stands for.
   *
   * @throws WherryError `not-found`, …; `protocol` when the server offers something else than was asked for
   *   (CVE-2019-6111)
   */
  async first(path: VirtualPath): Promise<Offer> {
    await this.#conversation.agree();
    const offer = await this.#next(true);
    const name = nameOf(path);
    if (offer === null || (name !== '' && offer.entry.name !== name)) {
      throw new WherryError('protocol', 'The server sends another file than was asked for', { path });
    }
    return { ...offer, entry: { ...offer.entry, name } };
  }

  /** The next entry; null at the end of the directory. */
  next(): Promise<Offer | null> {
    return this.#next(false);
  }

  async #next(anyName: boolean): Promise<Offer | null> {
    for (;;) {
      const line = parseControlLine(await this.#conversation.line(), anyName);
      if (line.kind === 'problem') throw problemOf(line.text);
      if (line.kind === 'end') return null;
      if (line.kind === 'times') {
        this.#times = line;
        await this.#conversation.agree();
        continue;
      }
      const times = this.#times;
      this.#times = null;
      const size = line.kind === 'file' ? line.size : 0;
      return { kind: line.kind, size, entry: entryOfLine(line.name, line, times) };
    }
  }
}
