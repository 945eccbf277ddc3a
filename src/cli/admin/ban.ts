import { parseDuration } from '#server/config/quantities.ts';
import { UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';

function readDuration(text: string | undefined): number | null {
  if (text === undefined) return null;
  const duration = parseDuration(text);
  if (duration === null) throw new UsageError(`--for ${text}: give a time with its unit, as 30m, 12h or 7d`);
  return duration;
}

/** `wherry ban`. */
export const command = adminCommand('ban', 'Networks that are kept out, and those that never are.', [
  action({
    name: 'list',
    usage: '',
    summary: 'List the bans, and the networks that no ban keeps out',
    flags: {},
    flagHelp: [],
    examples: ['wherry ban list'],
    async run({ output, administration }) {
      const client = await administration();
      const { bans, allowed } = await client.call('GET /bans');
      const rows = [
        ...bans.map((ban) => ({ kind: 'banned', ...ban })),
        ...allowed.map(({ note, ...row }) => ({
          kind: 'allowed',
          ...row,
          reason: note,
          source: 'administrator',
          expiresAt: null,
        })),
      ];
      output.rows(
        rows,
        [
          { title: 'NETWORK', text: ({ network }) => network },
          { title: 'STATE', text: ({ kind }) => kind },
          { title: 'BY', text: ({ source }) => source },
          { title: 'SINCE', text: ({ createdAt }) => output.time(createdAt) },
          { title: 'UNTIL', text: ({ expiresAt }) => output.time(expiresAt) },
          { title: 'WHY', text: ({ reason }) => reason || '-' },
        ],
        'Nobody is kept out.',
      );
      return undefined;
    },
  }),
  action({
    name: 'add',
    usage: 'NETWORK',
    summary: 'Keep an address or a network out; its sessions end at once',
    flags: { for: { type: 'string' }, reason: { type: 'string' } },
    flagHelp: ['--for TIME             how long, as 12h or 7d; for ever without it', '--reason TEXT'],
    examples: [
      'wherry ban add 198.51.100.7 --for 7d --reason "guesses passwords"',
      'wherry ban add 2001:db8::/48',
    ],
    async run({ words: [network = ''], flags, output, administration }) {
      const durationMs = readDuration(flags.for);
      const client = await administration();
      const ban = await client.call('POST /bans', {
        body: { network, durationMs, reason: flags.reason ?? '' },
      });
      output.done(
        `${ban.network} is kept out${ban.expiresAt === null ? '' : ` until ${output.time(ban.expiresAt)}`}.`,
        ban,
      );
      return undefined;
    },
  }),
  action({
    name: 'remove',
    usage: 'NETWORK',
    summary: 'Let a network in again',
    flags: {},
    flagHelp: [],
    examples: ['wherry ban remove 198.51.100.7'],
    async run({ words: [network = ''], output, administration }) {
      const client = await administration();
      await client.call('DELETE /bans/:network', { params: { network } });
      output.done(`${network} is let in again.`, { removed: network });
      return undefined;
    },
  }),
  action({
    name: 'allow',
    usage: 'NETWORK',
    summary: 'Let a network in whatever is banned, and spare it penalties',
    flags: { note: { type: 'string' } },
    flagHelp: ['--note TEXT'],
    examples: ['wherry ban allow 192.0.2.0/24 --note office'],
    async run({ words: [network = ''], flags, output, administration }) {
      const client = await administration();
      const row = await client.call('POST /allowed-networks', { body: { network, note: flags.note ?? '' } });
      output.done(`${row.network} always comes in.`, row);
      return undefined;
    },
  }),
  action({
    name: 'disallow',
    usage: 'NETWORK',
    summary: 'Let bans hold for a network again',
    flags: {},
    flagHelp: [],
    examples: ['wherry ban disallow 192.0.2.0/24'],
    async run({ words: [network = ''], output, administration }) {
      const client = await administration();
      await client.call('DELETE /allowed-networks/:network', { params: { network } });
      output.done(`Bans hold for ${network} again.`, { removed: network });
      return undefined;
    },
  }),
]);
