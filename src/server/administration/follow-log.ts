import type { AccountDatabase } from '#accounts/index.ts';
import type { EventBus, EventListener, ServerEvent } from '#engine/events.ts';
import { groupsOf, type Actor } from '#protocols/http/server/actor.ts';

/**
 * Tells every event from now on, as the JSON log has it. Who looks after some groups hears of the accounts that are in
 * them now.
 *
 * @returns ends it
 */
export function followLog(
  source: { readonly database: AccountDatabase; readonly events: EventBus; readonly actor: Actor },
  listener: (line: object) => void,
): () => void {
  const { database, events, actor } = source;
  const groups = groupsOf(actor);
  const tell: EventListener = (event) => {
    listener({ ...event, time: new Date().toISOString() });
  };
  if (groups === null) return events.subscribe(tell);
  const members = new Set<string>();
  void readMembers(database, groups, members);
  return events.subscribe((event) => {
    const account = accountOf(event);
    if (account !== null && members.has(account)) tell(event);
  });
}

function accountOf(event: ServerEvent): string | null {
  if ('user' in event) return event.user;
  return 'account' in event ? event.account : null;
}

const pageLength = 1000;

async function readMembers(
  database: AccountDatabase,
  groups: readonly string[],
  members: Set<string>,
): Promise<void> {
  for (const group of groups) {
    for (let after: string | undefined = ''; after !== undefined;) {
      const names: readonly string[] = await database.groups
        .members(group, { after, limit: pageLength })
        .catch(() => []);
      for (const name of names) members.add(name);
      after = names.length < pageLength ? undefined : names.at(-1);
    }
  }
}
