import type { EventBus } from '#engine/events.ts';
import type { LoginDefence } from '#engine/login-defence.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import { AutomaticBans, type AutomaticBanLimits } from './automatic-bans.ts';
import type { BanList } from './ban-list.ts';

/**
 * Joins the list of bans to what feeds it and what obeys it: the defence bans who goes on offending and spares who is
 * allowed, every change is told, and a ban by an administrator throws out who is in.
 *
 * @returns undoes all of it but what was told to the defence, which ends with the server
 */
export function keepOut(parts: {
  readonly bans: BanList;
  readonly defence: LoginDefence;
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  /** Null for no automatic bans. */
  readonly limits: Partial<AutomaticBanLimits> | null | undefined;
}): () => void {
  const { bans, defence, events, sessions, limits } = parts;
  defence.spare((address) => bans.allows(address));
  const stops = [
    bans.onChange((change) => {
      if (change.change === 'removed') {
        events.emit({ event: 'ban-removed', network: change.network });
        return;
      }
      const { network, reason, source, expiresAt } = change.ban;
      events.emit({ event: 'ban-added', network, reason, source, expiresAt });
      if (source === 'administrator') throwOut(sessions, bans);
    }),
  ];
  if (limits !== null) {
    const automatic = new AutomaticBans(bans, { limits });
    automatic.watch(sessions);
    defence.onOffence((offence) => {
      automatic.note(offence);
    });
    stops.push(
      events.subscribe(
        (event) => {
          // Everybody can log in anonymously, guessers too.
          if (event.event === 'login-accepted' && event.method !== 'anonymous') {
            automatic.loggedIn(event.remoteAddress);
          }
        },
        ['login-accepted'],
      ),
    );
  }
  return () => {
    for (const stop of stops) stop();
  };
}

function throwOut(sessions: SessionRegistry, bans: BanList): void {
  for (const session of sessions.list()) {
    if (bans.find(session.endpoint.remoteAddress) !== null) session.kick('Your network was banned');
  }
}
