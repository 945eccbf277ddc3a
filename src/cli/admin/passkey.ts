import { action, adminCommand } from './admin-command.ts';

/** `wherry passkey`. */
export const command = adminCommand(
  'passkey',
  `Passkeys that log in to the page. Each is made by its owner, in the browser; here one that was lost is taken away, and
the owner logs in by password until there is another.`,
  [
    action({
      name: 'list',
      usage: 'USER',
      summary: 'List the passkeys of an account',
      flags: {},
      flagHelp: [],
      examples: ['wherry passkey list alice'],
      async run({ words: [user = ''], output, administration }) {
        const client = await administration();
        const { passkeys } = await client.call('GET /users/:name/passkeys', { params: { name: user } });
        output.rows(
          passkeys,
          [
            { title: 'ID', text: ({ id }) => id },
            { title: 'NAME', text: ({ name }) => name || '-' },
            { title: 'FOR', text: ({ relyingParty }) => relyingParty },
            { title: 'ADDED', text: ({ addedAt }) => output.time(addedAt) },
            { title: 'LAST USED', text: ({ lastUsedAt }) => output.time(lastUsedAt) },
          ],
          `${user} has no passkeys; they are made on the page, by whoever has logged in there.`,
        );
        return undefined;
      },
    }),
    action({
      name: 'remove',
      usage: 'USER ID',
      summary: 'Take a passkey from an account, as when the device is lost',
      flags: {},
      flagHelp: [],
      examples: ['wherry passkey remove alice gk3Zt0mYb2nW1qXo'],
      async run({ words: [user = '', id = ''], output, administration }) {
        const client = await administration();
        await client.call('DELETE /users/:name/passkeys/:id', { params: { name: user, id } });
        output.done(`Removed the passkey ${id} from ${user}.`, { removed: id });
        return undefined;
      },
    }),
  ],
);
