import { randomBytes } from 'node:crypto';
import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';

/** What a ticket lets its bearer fetch. */
export interface Ticket {
  readonly connection: string;
  readonly paths: readonly VirtualPath[];
  readonly disposition: 'inline' | 'attachment';
  readonly archive: boolean;
  /** Milliseconds since 1970 in UTC. */
  readonly expiresAt: number;
}

const lifetimeMs = 600_000;
/** A page that shows a picture after the other takes one for each; the oldest goes first. */
const maximumTickets = 1000;

/** Addresses that browsers fetch files under, which hold no path and soon lead nowhere. */
export class TicketStore {
  readonly #tickets = new Map<string, Ticket>();

  /** @returns the last part of the address, and when it ends */
  issue(ticket: Omit<Ticket, 'expiresAt'>): { readonly id: string; readonly expiresAt: number } {
    const [oldest] = this.#tickets.keys();
    if (this.#tickets.size >= maximumTickets && oldest !== undefined) this.#tickets.delete(oldest);
    const id = randomBytes(24).toString('base64url');
    const expiresAt = Date.now() + lifetimeMs;
    this.#tickets.set(id, { ...ticket, expiresAt });
    return { id, expiresAt };
  }

  /** @throws WherryError `not-found` for one that is unknown or has expired */
  require(id: string): Ticket {
    const ticket = this.#tickets.get(id);
    if (ticket !== undefined && ticket.expiresAt > Date.now()) return ticket;
    this.#tickets.delete(id);
    throw new WherryError('not-found', 'The address of this file has expired; open it again from the page');
  }
}
