import type { AccountDatabase } from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import { kickSessions, sessionRows, type SessionRow } from '#engine/session-rows.ts';
import { groupsOf, type Actor } from '#protocols/http/server/actor.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import type { BanList } from '../bans/ban-list.ts';
import { reachedAccount, reaches } from './reach.ts';

type Handled = Pick<
  AdminHandlers,
  Extract<
    keyof AdminHandlers,
    `${string} /sessions${string}` | `${string} /bans${string}` | `${string} /allowed-networks${string}`
  >
>;

const defaultReason = 'Ended by an administrator';

/** Who is connected, and who is kept out. */
export function sessionHandlers(
  database: AccountDatabase,
  sessions: SessionRegistry,
  bans: BanList,
): Handled {
  /** Sessions of the accounts that an actor looks after; those before login are nobody's. */
  const reached = async (actor: Actor): Promise<readonly SessionRow[]> => {
    const rows = sessionRows(sessions);
    if (groupsOf(actor) === null) return rows;
    const names = new Set(rows.map(({ account }) => account).filter((account) => account !== null));
    const own = new Set<string>();
    for (const name of names) {
      const record = await database.find(name);
      if (record !== null && reaches(actor, record)) own.add(name);
    }
    return rows.filter(({ account }) => account !== null && own.has(account));
  };
  return {
    'GET /sessions': async ({ actor }) => ({ sessions: await reached(actor) }),
    'POST /sessions/:id/kick': async ({ actor, params, body }) => {
      const row = (await reached(actor)).find(({ id }) => id === params.id);
      if (row === undefined)
        throw new WherryError('not-found', 'There is no such session; it may have ended');
      kickSessions(sessions, { id: row.id }, body.reason ?? defaultReason);
      return undefined;
    },
    'POST /sessions/kick': async ({ actor, body }) => {
      const { account, remoteAddress, reason = defaultReason } = body;
      if ((account === undefined) === (remoteAddress === undefined))
        throw new WherryError(
          'invalid-argument',
          'Give the account or the address whose sessions are to end',
        );
      if (account !== undefined) {
        const { name } = await reachedAccount(database, actor, account);
        return { ended: kickSessions(sessions, { account: name }, reason) };
      }
      if (groupsOf(actor) !== null)
        throw new WherryError('permission', 'Not allowed: an address may be that of others too');
      return { ended: kickSessions(sessions, { remoteAddress: remoteAddress ?? '' }, reason) };
    },
    'GET /bans': () => ({ bans: bans.list(), allowed: bans.listAllowed() }),
    'POST /bans': ({ body }) => {
      const { network, reason = '', durationMs = null } = body;
      return bans.add({ network, reason, durationMs });
    },
    'DELETE /bans/:network': ({ params }) => {
      bans.remove(params.network);
      return undefined;
    },
    'POST /allowed-networks': ({ body }) => bans.allow(body.network, body.note),
    'DELETE /allowed-networks/:network': ({ params }) => {
      bans.disallow(params.network);
      return undefined;
    },
  };
}
