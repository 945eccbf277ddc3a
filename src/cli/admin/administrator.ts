import { WherryError } from '#core/errors.ts';
import { action, adminCommand } from './admin-command.ts';
import type { AdministrationClient } from './administration-client.ts';
import { passwordFlags, passwordHelp, readPassword } from './read-password.ts';
import { describeRole } from './user.ts';

const roleFlags = { groups: { type: 'string' }, 'read-only': { type: 'boolean' } } as const;
const roleHelp = [
  '--groups LIST          looks after the accounts of these groups only',
  '--read-only            looks, and changes nothing',
];

async function isAccount(client: AdministrationClient, name: string): Promise<boolean> {
  try {
    await client.call('GET /users/:name', { params: { name } });
    return true;
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.code === 'not-found') return false;
    throw thrown;
  }
}

/** `wherry admin`. */
export const command = adminCommand(
  'admin',
  'Administrators: accounts that may use the administration over the network, on the page or by tokens.\nWhoever can open the data directory needs none.',
  [
    action({
      name: 'create',
      usage: 'NAME',
      summary: 'Make an administrator: a new account, or one that is there',
      flags: { ...roleFlags, ...passwordFlags, files: { type: 'boolean' } },
      flagHelp: [
        ...roleHelp,
        ...passwordHelp,
        '--files                a new account may use the files as well; without it it only administers',
      ],
      examples: [
        'wherry admin create root',
        'wherry admin create helpdesk --groups customers --generate-password',
        'wherry admin create alice --read-only',
      ],
      async run({ words: [name = ''], flags, output, administration }) {
        const role = {
          groups: flags.groups === undefined ? null : flags.groups.split(',').filter((group) => group !== ''),
          readOnly: flags['read-only'] === true,
        };
        const client = await administration();
        // Before there is an account that then administers nothing.
        for (const group of role.groups ?? [])
          await client.call('GET /groups/:name', { params: { name: group } });
        const isKnown = await isAccount(client, name);
        const { fields, generated } = await readPassword(flags, !isKnown);
        if (!isKnown) {
          const rights =
            flags.files === true ? {} : { rights: 'none' as const, protocols: ['http' as const] };
          await client.call('POST /users', { body: Object.assign({ name }, rights, fields) });
        } else if (Object.keys(fields).length > 0) {
          await client.call('PATCH /users/:name', { params: { name }, body: fields });
        }
        const user = await client.call('PUT /administrators/:name', { params: { name }, body: role });
        const told = generated === null ? {} : { generatedPassword: generated.reveal() };
        output.done(`${user.name} administers ${describeRole(user.administrator)}.`, { ...user, ...told });
        if (generated !== null && !output.json)
          output.text(`The password is ${generated.reveal()} (shown only now).`);
        return undefined;
      },
    }),
    action({
      name: 'list',
      usage: '',
      summary: 'List the administrators',
      flags: {},
      flagHelp: [],
      examples: ['wherry admin list'],
      async run({ output, administration }) {
        const client = await administration();
        const { administrators } = await client.call('GET /administrators');
        output.rows(
          administrators,
          [
            { title: 'NAME', text: ({ name }) => name },
            { title: 'STATE', text: ({ enabled }) => (enabled ? 'enabled' : 'disabled') },
            { title: 'ADMINISTERS', text: ({ role }) => describeRole(role) },
          ],
          'There are no administrators; wherry admin create NAME makes one.',
        );
        return undefined;
      },
    }),
    action({
      name: 'remove',
      usage: 'NAME',
      summary: 'Let an account administer nothing any more; it stays an account, and its tokens go',
      flags: {},
      flagHelp: [],
      examples: ['wherry admin remove helpdesk'],
      async run({ words: [name = ''], output, administration }) {
        const client = await administration();
        await client.call('DELETE /administrators/:name', { params: { name } });
        output.done(`${name} administers nothing any more.`, { name, administrator: null });
        return undefined;
      },
    }),
  ],
);
