import type { AccountDatabase } from '#accounts/index.ts';
import type { Awaitable } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import { groupsOf } from '#protocols/http/server/actor.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import type { AuditOutcome } from '../audit/audit-record.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { reachedAccount } from './reach.ts';

type Handled = Pick<AdminHandlers, 'GET /log'>;

/** What happened. Who looks after some groups asks for one account at a time. */
export function logHandlers(
  database: AccountDatabase,
  open: () => Awaitable<Pick<AuditTrail, 'search'> | null>,
): Handled {
  return {
    'GET /log': async ({ actor, query }) => {
      const audit = await open();
      if (audit === null) {
        const remedy = 'a running server keeps one unless audit.enabled is false';
        throw new WherryError('unavailable', `Cannot search the log: there is no audit here; ${remedy}`);
      }
      const { account, path, events, outcomes, ...rest } = query;
      if (groupsOf(actor) !== null) {
        if (account === undefined)
          throw new WherryError('invalid-argument', 'Give the account whose log it is to be');
        await reachedAccount(database, actor, account);
      }
      return audit.search({
        ...rest,
        account,
        events: listOf(events),
        outcomes: listOf(outcomes) as readonly AuditOutcome[] | undefined,
        ...(path === undefined ? {} : /[*?[]/u.test(path) ? { pathGlob: path } : { pathPrefix: path }),
      });
    },
  };
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : text.split(',').filter((part) => part !== '');
}
