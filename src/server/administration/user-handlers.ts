import {
  describeOrigin,
  type AccountChanges,
  type AccountDatabase,
  type AccountRecord,
} from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { Key, UserChanges } from '#protocols/http/contract/admin/records.ts';
import { groupsOf, type Actor } from '#protocols/http/server/actor.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import type { ConfigAccess } from './config-access.ts';
import { demandFields, reachedAccount, reaches } from './reach.ts';
import { pageOf } from './pages.ts';
import type { TokenStore } from './token-store.ts';

type Handled = Omit<
  Pick<AdminHandlers, Extract<keyof AdminHandlers, `${string} /users${string}`>>,
  `${string} /users/:name/usage${string}`
>;

/** What any request about one account has. */
interface Reached {
  readonly actor: Actor;
  readonly params: { readonly name: string };
}

interface UserParts {
  readonly database: AccountDatabase;
  readonly tokens: TokenStore;
  readonly config: ConfigAccess;
  /** Has whatever else is kept of an account forgotten. */
  readonly forget: (account: string) => void;
}

/** Accounts and what proves them. */
export function userHandlers({ database, tokens, config, forget }: UserParts): Handled {
  const reached = async ({ actor, params }: Reached): Promise<AccountRecord> =>
    reachedAccount(database, actor, params.name);
  return {
    'GET /users': async ({ actor, query }) => {
      const { after, limit, group } = query;
      const own = groupsOf(actor);
      if (own === null) {
        const found = await database.list({ after, group, limit: limit + 1 });
        const { rows: users, more } = pageOf(found, limit);
        return { users, more };
      }
      const found = await Promise.all(
        own
          .filter((name) => group === undefined || name === group)
          .map(async (name) => database.list({ after, group: name, limit: limit + 1 })),
      );
      const byName = new Map(found.flat().map((record) => [record.name, record]));
      const sorted = [...byName.values()]
        .filter((record) => reaches(actor, record))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
      const { rows: users, more } = pageOf(sorted, limit);
      return { users, more };
    },
    'POST /users': async ({ actor, body }) => {
      demandFields(actor, body, true);
      const { name, ...rest } = body;
      return database.add({ name, ...changesOf(rest) });
    },
    'GET /users/:name': async (request) => reached(request),
    'PATCH /users/:name': async (request) => {
      const { name } = await reached(request);
      demandFields(request.actor, request.body, false);
      return database.set(name, changesOf(request.body));
    },
    'DELETE /users/:name': async (request) => {
      const { name } = await reached(request);
      await database.remove(name);
      tokens.removeOf(name);
      forget(name);
      return undefined;
    },
    'GET /users/:name/effective': async (request) => {
      const { name } = await reached(request);
      const effective = await database.effective(name);
      if (effective === null) throw new WherryError('not-found', 'The account was removed meanwhile');
      const origins = Object.entries(effective.origins).map(([key, origin]) => [key, describeOrigin(origin)]);
      return {
        settings: { ...effective.settings },
        origins: Object.fromEntries(origins) as Record<string, string>,
      };
    },
    'POST /users/:name/access': async (request) => {
      const { name } = await reached(request);
      const path = resolveVirtualPath(rootPath, request.body.path);
      const { readOnly } = (await config.current()).config.accounts;
      const access = await database.explainAccess(name, path, { readOnly });
      return {
        path,
        access: access.map(({ permission, allowed, rule, pattern, origin }) => ({
          permission,
          allowed,
          rule,
          pattern,
          origin: describeOrigin(origin),
        })),
      };
    },
    'GET /users/:name/keys': async (request) => {
      const { name } = await reached(request);
      return { keys: (await database.keys.list(name)).map((key) => toKey(key)) };
    },
    'POST /users/:name/keys': async (request) => {
      const { name } = await reached(request);
      return toKey(await database.keys.add(name, request.body.line));
    },
    'DELETE /users/:name/keys/:fingerprint': async (request) => {
      const { name } = await reached(request);
      await database.keys.remove(name, request.params.fingerprint);
      return undefined;
    },
    'GET /users/:name/certificates': async (request) => {
      const { name } = await reached(request);
      return { certificates: [...(await database.certificates.list(name))] };
    },
    'POST /users/:name/certificates': async (request) => {
      const { name } = await reached(request);
      return database.certificates.add(name, request.body);
    },
    'DELETE /users/:name/certificates/:value': async (request) => {
      const { name } = await reached(request);
      await database.certificates.remove(name, request.params.value);
      return undefined;
    },
    'GET /users/:name/passkeys': async (request) => {
      const { name } = await reached(request);
      const passkeys = await database.passkeys.list(name);
      return {
        passkeys: passkeys.map(({ id, name: title, relyingParty, addedAt, lastUsedAt }) => ({
          id,
          name: title,
          relyingParty,
          addedAt,
          lastUsedAt,
        })),
      };
    },
    'DELETE /users/:name/passkeys/:id': async (request) => {
      const { name } = await reached(request);
      await database.passkeys.remove(name, request.params.id);
      return undefined;
    },
    'POST /users/:name/one-time-codes': async (request) => {
      const { name } = await reached(request);
      const { secret, uri } = await database.oneTimeCodes.enrol(name);
      return { secret: secret.reveal(), uri: uri.reveal() };
    },
    'DELETE /users/:name/one-time-codes': async (request) => {
      const { name } = await reached(request);
      await database.oneTimeCodes.remove(name);
      return undefined;
    },
  };
}

/** What a request says, in the words of the accounts; checked by them. */
function changesOf(given: UserChanges): AccountChanges {
  const { password, passwordHash, accountInformation, ...rest } = given;
  if (password !== undefined && passwordHash !== undefined)
    throw new WherryError('invalid-argument', 'Give the password or its hash, not both');
  return {
    ...rest,
    ...(password === undefined ? {} : { password: secretOf(password) }),
    ...(passwordHash === undefined ? {} : { password: { hash: passwordHash } }),
    ...(accountInformation === undefined ? {} : { accountInformation: secretOf(accountInformation) }),
  };
}

function secretOf(text: string | null): Secret | null {
  return text === null ? null : new Secret(text);
}

function toKey({
  fingerprint,
  algorithm,
  comment,
  options,
  addedAt,
}: Omit<Key, 'options'> & { readonly options: object }): Key {
  return { fingerprint, algorithm, comment, options: { ...options }, addedAt };
}
