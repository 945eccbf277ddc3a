import type { AccountDatabase } from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { groupsOf } from '#protocols/http/server/actor.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import { pageOf } from './pages.ts';
import { demandGroup } from './reach.ts';

type Handled = Pick<AdminHandlers, Extract<keyof AdminHandlers, `${string} /groups${string}`>>;

/** Groups. Who looks after some of them sees those. */
export function groupHandlers(database: AccountDatabase): Handled {
  return {
    'GET /groups': async ({ actor, query }) => {
      const own = groupsOf(actor);
      const { after, limit } = query;
      const found =
        own === null
          ? await database.groups.list({ after, limit: limit + 1 })
          : (await Promise.all(own.toSorted().map(async (name) => database.groups.find(name)))).filter(
              (group) => group !== null && group.name > (after ?? ''),
            );
      const { rows, more } = pageOf(
        found.filter((group) => group !== null),
        limit,
      );
      return { groups: rows, more };
    },
    'POST /groups': async ({ body }) => database.groups.add(body),
    'GET /groups/:name': async ({ actor, params }) => {
      demandGroup(actor, params.name);
      const group = await database.groups.find(params.name);
      if (group === null)
        throw new WherryError('not-found', `There is no group "${printableName(params.name)}"`);
      return group;
    },
    'PATCH /groups/:name': async ({ params, body }) => database.groups.set(params.name, body),
    'DELETE /groups/:name': async ({ params }) => {
      await database.groups.remove(params.name);
      return undefined;
    },
    'GET /groups/:name/members': async ({ actor, params, query }) => {
      demandGroup(actor, params.name);
      const { after, limit } = query;
      const found = await database.groups.members(params.name, { after, limit: limit + 1 });
      const { rows: members, more } = pageOf(found, limit);
      return { members, more };
    },
  };
}
