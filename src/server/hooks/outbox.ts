import type { StateDatabase } from '../state/state-database.ts';

/** A message that has still to be delivered. */
export interface OutboxMessage {
  readonly id: number;
  readonly hook: string;
  /** What the receiver knows it by, however often it is sent. */
  readonly messageId: string;
  readonly payload: string;
  readonly createdAt: number;
  /** How often it was tried. */
  readonly attempts: number;
}

/** What is put into the outbox. */
export type NewOutboxMessage = Pick<OutboxMessage, 'hook' | 'messageId' | 'payload'>;

/** Messages for hooks, kept until they are delivered or given up. Throws only `WherryError`. */
export class Outbox {
  readonly #database: StateDatabase;
  readonly #now: () => number;

  constructor(database: StateDatabase, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Keeps messages, all or none. */
  add(messages: readonly NewOutboxMessage[]): void {
    const now = this.#now();
    this.#database.transaction('keep what hooks have to be told', () => {
      for (const { hook, messageId, payload } of messages) {
        const row = {
          hook,
          message_id: messageId,
          payload,
          created_at: now,
          attempts: 0,
          next_attempt_at: now,
        };
        this.#database.run(this.#database.sql.insertInto('hook_outbox').values(row), 'keep it');
      }
    });
  }

  /** Messages for a hook whose time has come, the oldest first, but for those under way. */
  due(hook: string, underway: ReadonlySet<number>, limit: number): readonly OutboxMessage[] {
    const query = this.#database.sql
      .selectFrom('hook_outbox')
      .selectAll()
      .where('hook', '=', hook)
      .where('next_attempt_at', '<=', this.#now())
      .orderBy('id')
      .limit(limit + underway.size);
    const rows = this.#database.all(query, 'look for what hooks have to be told');
    return rows
      .filter(({ id }) => !underway.has(id))
      .slice(0, limit)
      .map((row) => ({
        id: row.id,
        hook: row.hook,
        messageId: row.message_id,
        payload: row.payload,
        createdAt: Number(row.created_at),
        attempts: row.attempts,
      }));
  }

  /** Messages that wait, by hook. */
  waiting(): ReadonlyMap<string, number> {
    const query = this.#database.sql
      .selectFrom('hook_outbox')
      .select((select) => ['hook', select.fn.countAll<number>().as('messages')])
      .groupBy('hook');
    const rows = this.#database.all(query, 'count what hooks have to be told');
    return new Map(rows.map(({ hook, messages }) => [hook, messages]));
  }

  /** Forgets a message, delivered or given up. */
  remove(id: number): void {
    this.#database.run(this.#database.sql.deleteFrom('hook_outbox').where('id', '=', id), 'forget a message');
  }

  /** Puts a message off. */
  postpone(id: number, { attempts, delayMs }: { readonly attempts: number; readonly delayMs: number }): void {
    const change = { attempts, next_attempt_at: this.#now() + delayMs };
    const { sql } = this.#database;
    this.#database.run(sql.updateTable('hook_outbox').set(change).where('id', '=', id), 'put off a message');
  }

  /** Forgets what was meant for hooks that are there no longer. */
  keepOnly(hooks: readonly string[]): void {
    const { sql } = this.#database;
    const gone = sql.deleteFrom('hook_outbox');
    this.#database.run(hooks.length === 0 ? gone : gone.where('hook', 'not in', [...hooks]), 'forget hooks');
  }
}
