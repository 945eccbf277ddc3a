import type { Group } from '#protocols/http/contract/admin/records.ts';
import { settingNames } from '#protocols/http/contract/admin/settings.ts';
import { UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';
import { describeSettings } from './describe-settings.ts';
import { everyPage } from './every-page.ts';
import { readSettings, settingFlags, settingHelp } from './setting-flags.ts';

const flags = { comment: { type: 'string' }, ...settingFlags } as const;
const flagHelp = [
  '--comment TEXT',
  ...settingHelp,
  '%user% in a directory or path stands for the account’s name.',
];

/** `wherry group`. */
export const command = adminCommand(
  'group',
  'Groups hand settings down to their accounts; what an account says itself comes first.',
  [
    action({
      name: 'add',
      usage: 'NAME',
      summary: 'Make a group',
      flags,
      flagHelp,
      examples: [
        'wherry group add staff --home /srv/files/%user% --quota 50GB',
        'wherry group add partners --rights none --allow /incoming=w --protocols sftp',
      ],
      async run({ words: [name = ''], flags: given, output, administration }) {
        const settings = readSettings(given, null);
        const client = await administration();
        const comment = given.comment === undefined ? {} : { comment: given.comment };
        const group = await client.call('POST /groups', { body: Object.assign({ name }, comment, settings) });
        output.done(`Made the group ${group.name}.`, group);
        return undefined;
      },
    }),
    action({
      name: 'list',
      usage: '',
      summary: 'List the groups',
      flags: {},
      flagHelp: [],
      examples: ['wherry group list'],
      async run({ output, administration }) {
        const client = await administration();
        const groups = await everyPage(async (after) => {
          const page = await client.call('GET /groups', { query: { after, limit: 1000 } });
          return { rows: page.groups, more: page.more };
        });
        output.rows<Group>(
          groups,
          [
            { title: 'NAME', text: ({ name }) => name },
            { title: 'RIGHTS', text: ({ rights }) => rights ?? 'default' },
            { title: 'HOME', text: ({ home }) => home ?? '-' },
            { title: 'COMMENT', text: ({ comment }) => comment || '-' },
          ],
          'There are no groups; wherry group add NAME makes one.',
        );
        return undefined;
      },
    }),
    action({
      name: 'show',
      usage: 'NAME',
      summary: 'Show a group and its accounts',
      flags: {},
      flagHelp: [],
      examples: ['wherry group show staff'],
      async run({ words: [name = ''], output, administration }) {
        const client = await administration();
        const group = await client.call('GET /groups/:name', { params: { name } });
        const members = await everyPage(async (after) => {
          const query = { after, limit: 1000 };
          const page = await client.call('GET /groups/:name/members', { params: { name }, query });
          return { rows: page.members.map((member) => ({ name: member })), more: page.more };
        });
        const names = members.map((member) => member.name);
        const said = Object.fromEntries(settingNames.map((setting) => [setting, group[setting]]));
        output.record({ ...group, members: names }, [
          ['name', group.name],
          ['comment', group.comment || '-'],
          ['accounts', names.join(', ') || '-'],
          ['made', output.time(group.createdAt)],
          ['changed', output.time(group.changedAt)],
          ...describeSettings(said),
        ]);
        return undefined;
      },
    }),
    action({
      name: 'set',
      usage: 'NAME',
      summary: 'Change a group; running sessions of its accounts follow at once',
      flags,
      flagHelp,
      examples: ['wherry group set staff --quota 100GB', 'wherry group set staff --allowed-networks inherit'],
      async run({ words: [name = ''], flags: given, output, administration }) {
        const client = await administration();
        const before = await client.call('GET /groups/:name', { params: { name } });
        const comment = given.comment === undefined ? {} : { comment: given.comment };
        const body = Object.assign(comment, readSettings(given, before.limits));
        if (Object.keys(body).length === 0)
          throw new UsageError('Nothing to change; "wherry group set --help" lists what can be');
        const group = await client.call('PATCH /groups/:name', { params: { name }, body });
        output.done(`Changed the group ${group.name}.`, group);
        return undefined;
      },
    }),
    action({
      name: 'remove',
      usage: 'NAME',
      summary: 'Remove a group; its accounts stay',
      flags: {},
      flagHelp: [],
      examples: ['wherry group remove staff'],
      async run({ words: [name = ''], output, administration }) {
        const client = await administration();
        await client.call('DELETE /groups/:name', { params: { name } });
        output.done(`Removed the group ${name}.`, { removed: name });
        return undefined;
      },
    }),
  ],
);
