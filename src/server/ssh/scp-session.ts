import type { SessionFacts } from '#engine/events.ts';
import { Session } from '#engine/session.ts';

/**
 * What a connection does by SCP, under the connection's own session: events and rights tell `scp`, all else is the
 * session's, which alone stands in the registry.
 */
export class ScpSession extends Session {
  readonly #connection: Session;

  constructor(connection: Session) {
    super({
      protocol: 'scp',
      endpoint: connection.endpoint,
      events: connection.events,
      end: (reason) => {
        connection.kick(reason);
      },
      within: connection,
    });
    this.#connection = connection;
    this.become(connection.account);
  }

  override facts(): SessionFacts {
    return { ...super.facts(), session: this.#connection.id };
  }
}
