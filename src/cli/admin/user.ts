import type { NewUser, User, UserChanges } from '#protocols/http/contract/admin/records.ts';
import { settingNames } from '#protocols/http/contract/admin/settings.ts';
import { UsageError } from '../exit-codes.ts';
import type { FlagValues } from '../words.ts';
import { action, adminCommand } from './admin-command.ts';
import { describeEffective, describeSettings } from './describe-settings.ts';
import { everyPage } from './every-page.ts';
import { passwordFlags, passwordHelp, readPassword } from './read-password.ts';
import { readSettings, settingFlags, settingHelp } from './setting-flags.ts';

const personFlags = {
  groups: { type: 'string' },
  comment: { type: 'string' },
  email: { type: 'string' },
  principals: { type: 'string' },
  enable: { type: 'boolean' },
  disable: { type: 'boolean' },
  'account-information': { type: 'string' },
} as const;

const personHelp = [
  '--groups LIST          groups, asked in this order for what the account does not say',
  '--comment TEXT, --email ADDRESS',
  '--principals LIST      names in SSH certificates that log in, beside the account’s own',
  '--enable, --disable    whether it logs in at all',
  '--account-information TEXT  the answer that FTP demands with ACCT; none for no demand',
];

const allFlags = { ...personFlags, ...passwordFlags, ...settingFlags };
const allHelp = [...passwordHelp, ...personHelp, ...settingHelp];

type Flags = FlagValues<typeof personFlags>;

function readPerson(flags: Flags): UserChanges {
  const { groups, comment, email, principals, enable, disable } = flags;
  const information = flags['account-information'];
  if (enable === true && disable === true) throw new UsageError('Give --enable or --disable, not both');
  const listOf = (text: string): readonly string[] => text.split(',').filter((part) => part !== '');
  return {
    ...(groups === undefined ? {} : { groups: listOf(groups) }),
    ...(comment === undefined ? {} : { comment }),
    ...(email === undefined ? {} : { email }),
    ...(principals === undefined ? {} : { principals: listOf(principals) }),
    ...(enable === true ? { enabled: true } : {}),
    ...(disable === true ? { enabled: false } : {}),
    ...(information === undefined ? {} : { accountInformation: information === 'none' ? null : information }),
  };
}

/** `wherry user`. */
export const command = adminCommand('user', 'Accounts: who logs in, to what, and what they may do there.', [
  action({
    name: 'add',
    usage: 'NAME',
    summary: 'Make an account',
    flags: allFlags,
    flagHelp: allHelp,
    examples: [
      'wherry user add alice',
      'wherry user add bob --password-file bob.txt --home /srv/bob --quota 10GB',
      'wherry user add scanner --generate-password --rights none --allow /incoming=w --protocols ftps,sftp',
      'wherry user add carol --no-password --groups staff --methods public-key',
    ],
    async run({ words: [name = ''], flags, output, administration }) {
      const settings = readSettings(flags, null);
      const { fields, generated } = await readPassword(flags, true);
      const client = await administration();
      const body: NewUser = { name, ...changesOf(readPerson(flags), settings, fields) };
      const user = await client.call('POST /users', { body });
      const told = generated === null ? {} : { generatedPassword: generated.reveal() };
      output.done(`Made the account ${user.name}.`, { ...user, ...told });
      if (generated !== null && !output.json)
        output.text(`Its password is ${generated.reveal()} (shown only now).`);
      return undefined;
    },
  }),
  action({
    name: 'list',
    usage: '',
    summary: 'List the accounts',
    flags: { group: { type: 'string' } },
    flagHelp: ['--group NAME           only the accounts of this group'],
    examples: ['wherry user list', 'wherry user list --group staff --json'],
    async run({ flags, output, administration }) {
      const client = await administration();
      const users = await everyPage(async (after) => {
        const page = await client.call('GET /users', { query: { after, group: flags.group, limit: 1000 } });
        return { rows: page.users, more: page.more };
      });
      output.rows<User>(
        users,
        [
          { title: 'NAME', text: ({ name }) => name },
          { title: 'STATE', text: ({ enabled }) => (enabled ? 'enabled' : 'disabled') },
          { title: 'RIGHTS', text: ({ rights }) => rights ?? 'inherited' },
          { title: 'GROUPS', text: ({ groups }) => groups.join(',') || '-' },
          { title: 'HOME', text: ({ home }) => home ?? '-' },
          { title: 'ADMINISTERS', text: ({ administrator }) => describeRole(administrator) },
        ],
        'There are no accounts; wherry user add NAME makes one.',
      );
      return undefined;
    },
  }),
  action({
    name: 'show',
    usage: 'NAME',
    summary: 'Show an account: what it says itself, and with --effective what holds for it',
    flags: { effective: { type: 'boolean' } },
    flagHelp: [
      '--effective            what holds when its groups and the defaults are asked, and who says it',
    ],
    examples: ['wherry user show alice', 'wherry user show alice --effective'],
    async run({ words: [name = ''], flags, output, administration }) {
      const client = await administration();
      if (flags.effective === true) {
        const effective = await client.call('GET /users/:name/effective', { params: { name } });
        const originOf = (setting: string): string => effective.origins[setting] ?? 'the default';
        output.record(effective, describeEffective(effective.settings, originOf));
        return undefined;
      }
      const user = await client.call('GET /users/:name', { params: { name } });
      const said = Object.fromEntries(settingNames.map((setting) => [setting, user[setting]]));
      output.record(user, [
        ['name', user.name],
        ['state', user.enabled ? 'enabled' : 'disabled'],
        ['proofs', describeProofs(user)],
        ['groups', user.groups.join(', ') || '-'],
        ['administers', describeRole(user.administrator)],
        ['comment', user.comment || '-'],
        ['email', user.email || '-'],
        ['made', output.time(user.createdAt)],
        ['changed', output.time(user.changedAt)],
        ...describeSettings(said),
      ]);
      return undefined;
    },
  }),
  action({
    name: 'set',
    usage: 'NAME',
    summary: 'Change an account; what is not given stays, and running sessions follow at once',
    flags: { ...allFlags, 'ask-password': { type: 'boolean' } },
    flagHelp: ['--ask-password         ask for a new password', ...allHelp],
    examples: [
      'wherry user set alice --ask-password',
      'wherry user set alice --rights r --quota 20GB',
      'wherry user set bob --disable',
      'wherry user set bob --rights inherit --expires 2030-12-31',
    ],
    async run({ words: [name = ''], flags, output, administration }) {
      const client = await administration();
      const before = await client.call('GET /users/:name', { params: { name } });
      const settings = readSettings(flags, before.limits);
      const { fields, generated } = await readPassword(flags, flags['ask-password'] === true);
      const body = changesOf(readPerson(flags), settings, fields);
      if (Object.keys(body).length === 0)
        throw new UsageError('Nothing to change; "wherry user set --help" lists what can be');
      const user = await client.call('PATCH /users/:name', { params: { name }, body });
      const told = generated === null ? {} : { generatedPassword: generated.reveal() };
      output.done(`Changed the account ${user.name}.`, { ...user, ...told });
      if (generated !== null && !output.json)
        output.text(`Its password is ${generated.reveal()} (shown only now).`);
      return undefined;
    },
  }),
  action({
    name: 'remove',
    usage: 'NAME',
    summary: 'Remove an account with its keys; its sessions end, its files stay',
    flags: {},
    flagHelp: [],
    examples: ['wherry user remove alice'],
    async run({ words: [name = ''], output, administration }) {
      const client = await administration();
      await client.call('DELETE /users/:name', { params: { name } });
      output.done(`Removed the account ${name}.`, { removed: name });
      return undefined;
    },
  }),
  action({
    name: 'codes',
    usage: 'NAME',
    summary: 'Demand one-time codes (TOTP) from the next login on; the secret is shown only now',
    flags: { off: { type: 'boolean' } },
    flagHelp: ['--off                  demand them no longer'],
    examples: ['wherry user codes alice', 'wherry user codes alice --off'],
    async run({ words: [name = ''], flags, output, administration }) {
      const client = await administration();
      if (flags.off === true) {
        await client.call('DELETE /users/:name/one-time-codes', { params: { name } });
        output.done(`${name} needs no one-time codes any more.`, { name, oneTimeCodes: false });
        return undefined;
      }
      const enrolled = await client.call('POST /users/:name/one-time-codes', { params: { name } });
      output.record({ name, ...enrolled }, [
        ['secret', enrolled.secret],
        ['address', enrolled.uri],
      ]);
      return undefined;
    },
  }),
]);

function changesOf(...parts: readonly UserChanges[]): UserChanges {
  return Object.assign({}, ...parts) as UserChanges;
}

/** What an administrator administers, in words. */
export function describeRole(role: User['administrator']): string {
  if (role === null) return '-';
  const what = role.groups === null ? 'everything' : role.groups.join(',');
  return role.readOnly ? `${what} (looks only)` : what;
}

function describeProofs({ hasPassword, hasOneTimeCodes, hasAccountInformation }: User): string {
  const proofs = [
    ...(hasPassword ? ['password'] : []),
    ...(hasOneTimeCodes ? ['one-time codes'] : []),
    ...(hasAccountInformation ? ['accounting information'] : []),
  ];
  return proofs.length === 0 ? 'no password' : proofs.join(', ');
}
