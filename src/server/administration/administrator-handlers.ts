import type { AccountDatabase, AccountRecord } from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { knownTime } from '#core/known-time.ts';
import type { Actor } from '#protocols/http/server/actor.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import type { TokenStore } from './token-store.ts';

type Handled = Pick<
  AdminHandlers,
  Extract<keyof AdminHandlers, `${string} /administrators${string}` | `${string} /tokens${string}`>
>;

const pageLength = 1000;

/** Administrators and their tokens. */
export function administratorHandlers(database: AccountDatabase, tokens: TokenStore): Handled {
  return {
    'GET /administrators': async () => ({
      administrators: (await allAdministrators(database)).map(({ name, enabled, administrator: role }) => ({
        name,
        enabled,
        role,
      })),
    }),
    'PUT /administrators/:name': async ({ params, body }) => {
      for (const group of body.groups ?? []) {
        if ((await database.groups.find(group)) === null)
          throw new WherryError('not-found', `There is no group "${printableName(group)}"`);
      }
      return database.set(params.name, { administrator: body });
    },
    'DELETE /administrators/:name': async ({ params }) => {
      const { name } = await database.set(params.name, { administrator: null });
      tokens.removeOf(name);
      return undefined;
    },
    'GET /tokens': () => ({ tokens: [...tokens.list()] }),
    'POST /tokens': async ({ actor, body }) => {
      const record = await database.find(body.account);
      if (record === null || record.administrator === null)
        throw new WherryError('invalid-argument', 'Cannot make a token: its account administers nothing');
      demandNoMore(actor, body.scopes);
      if ((body.expiresAt ?? Infinity) <= knownTime.forExpiry())
        throw new WherryError('invalid-argument', 'Cannot make a token: it would have expired already');
      const { token, secret } = tokens.add({
        account: record.name,
        scopes: body.scopes,
        comment: body.comment ?? '',
        expiresAt: body.expiresAt ?? null,
      });
      return { token, secret: secret.reveal() };
    },
    'DELETE /tokens/:id': ({ params }) => {
      tokens.remove(params.id);
      return undefined;
    },
  };
}

/** A token makes no token that may do more than itself. */
function demandNoMore(actor: Actor, scopes: readonly string[]): void {
  if (actor.kind === 'owner' || actor.scopes === null) return;
  const own: readonly string[] = actor.scopes;
  const beyond = scopes.filter(
    (scope) => !own.includes(scope) && !own.includes(scope.replace(':read', ':write')),
  );
  if (beyond.length > 0)
    throw new WherryError('permission', `Not allowed: this token was not made for ${beyond.join(', ')}`);
}

async function allAdministrators(database: AccountDatabase): Promise<readonly AccountRecord[]> {
  const found: AccountRecord[] = [];
  for (let after = ''; ;) {
    const rows = await database.list({ after, limit: pageLength });
    found.push(...rows.filter(({ administrator }) => administrator !== null));
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageLength) return found;
    after = last.name;
  }
}
