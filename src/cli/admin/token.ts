import { tokenScopes, type TokenScope } from '#protocols/http/contract/admin/records.ts';
import { UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';
import { readFuture } from './read-moment.ts';

function readScopes(text: string): readonly TokenScope[] {
  const known: readonly string[] = tokenScopes;
  const scopes = text.split(',').filter((scope) => scope !== '');
  const unknown = scopes.filter((scope) => !known.includes(scope));
  if (unknown.length > 0 || scopes.length === 0) {
    throw new UsageError(`--scopes ${unknown.join(',')}: choose of ${tokenScopes.join(', ')}`);
  }
  return scopes as TokenScope[];
}

function readExpiry(text: string | undefined): number | null {
  if (text === undefined) return null;
  const time = readFuture(text);
  if (time === null) throw new UsageError(`--expires ${text}: give a time as 90d, or a date as 2030-12-31`);
  return time;
}

/** `wherry token`. */
export const command = adminCommand(
  'token',
  'Tokens, by which programs use the administration over the network.',
  [
    action({
      name: 'add',
      usage: 'ADMINISTRATOR',
      summary: 'Make a token that acts for an administrator; its secret is shown only now',
      flags: { scopes: { type: 'string' }, expires: { type: 'string' }, comment: { type: 'string' } },
      flagHelp: [
        '--scopes LIST          what it may do: areas with :read or :write',
        `                       ${tokenScopes.join(', ')}`,
        '--expires WHEN         as 90d, or a date',
        '--comment TEXT         what it is for',
      ],
      examples: [
        'wherry token add root --scopes accounts:write --expires 90d --comment "the shop"',
        'wherry token add root --scopes server:read --comment prometheus',
      ],
      async run({ words: [account = ''], flags, output, administration }) {
        if (flags.scopes === undefined)
          throw new UsageError(`--scopes is missing; choose of ${tokenScopes.join(', ')}`);
        const scopes = readScopes(flags.scopes);
        const expiresAt = readExpiry(flags.expires);
        const client = await administration();
        const body = { account, scopes, expiresAt, comment: flags.comment ?? '' };
        const { token, secret } = await client.call('POST /tokens', { body });
        output.record({ ...token, secret }, [
          ['id', token.id],
          ['secret', secret],
          ['use', 'Authorization: Bearer <secret>'],
        ]);
        return undefined;
      },
    }),
    action({
      name: 'list',
      usage: '',
      summary: 'List the tokens',
      flags: {},
      flagHelp: [],
      examples: ['wherry token list'],
      async run({ output, administration }) {
        const client = await administration();
        const { tokens } = await client.call('GET /tokens');
        output.rows(
          tokens,
          [
            { title: 'ID', text: ({ id }) => id },
            { title: 'ADMINISTRATOR', text: ({ account }) => account },
            { title: 'SCOPES', text: ({ scopes }) => scopes.join(',') },
            { title: 'EXPIRES', text: ({ expiresAt }) => output.time(expiresAt) },
            { title: 'LAST USED', text: ({ lastUsedAt }) => output.time(lastUsedAt) },
            { title: 'COMMENT', text: ({ comment }) => comment || '-' },
          ],
          'There are no tokens.',
        );
        return undefined;
      },
    }),
    action({
      name: 'remove',
      usage: 'ID',
      summary: 'Revoke a token',
      flags: {},
      flagHelp: [],
      examples: ['wherry token remove oNzHpiYg2MgO'],
      async run({ words: [id = ''], output, administration }) {
        const client = await administration();
        await client.call('DELETE /tokens/:id', { params: { id } });
        output.done(`Revoked the token ${id}.`, { removed: id });
        return undefined;
      },
    }),
  ],
);
