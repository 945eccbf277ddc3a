import type { SessionRecord } from '#protocols/http/contract/admin/records.ts';
import { formatSize } from '#server/config/quantities.ts';
import { UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';

function describeTransfer({ transfer }: SessionRecord): string {
  if (transfer === null) return 'idle';
  const { direction, path, bytes, totalBytes, bytesPerSecond } = transfer;
  const share = totalBytes === null || totalBytes === 0 ? '' : ` ${Math.floor((100 * bytes) / totalBytes)} %`;
  return `${direction} ${path}${share} ${roughSize(bytesPerSecond)}/s`;
}

/** Three digits are enough to watch. */
function roughSize(octets: number): string {
  const unit = 10 ** (3 * Math.floor(Math.log10(Math.max(1, octets)) / 3));
  return formatSize(unit * Number((octets / unit).toPrecision(3)));
}

/** `wherry session`. */
export const command = adminCommand('session', 'Who is connected to the running server, by every protocol.', [
  action({
    name: 'list',
    usage: '',
    summary: 'List the sessions and what they do',
    flags: {},
    flagHelp: [],
    examples: ['wherry session list', 'wherry session list --json'],
    async run({ output, administration }) {
      const client = await administration();
      const { sessions } = await client.call('GET /sessions');
      output.rows<SessionRecord>(
        sessions,
        [
          { title: 'ID', text: ({ id }) => id },
          { title: 'PROTOCOL', text: ({ protocol }) => protocol },
          { title: 'ACCOUNT', text: ({ account }) => account ?? '-' },
          { title: 'FROM', text: ({ remoteAddress }) => remoteAddress },
          { title: 'SINCE', text: ({ openedAt }) => output.time(openedAt) },
          { title: 'SECURITY', text: ({ security }) => security ?? 'clear' },
          { title: 'DOES', text: describeTransfer },
        ],
        client.running ? 'Nobody is connected.' : 'No server runs on this data directory.',
      );
      return undefined;
    },
  }),
  action({
    name: 'kick',
    usage: '[ID]',
    summary: 'End a session, or all of an account or an address',
    flags: { user: { type: 'string' }, address: { type: 'string' }, reason: { type: 'string' } },
    flagHelp: [
      '--user NAME            all sessions of this account',
      '--address ADDRESS      all sessions from this address',
      '--reason TEXT          what the log says, and where the protocol can the client too',
    ],
    examples: ['wherry session kick 4f', 'wherry session kick --user alice --reason "maintenance at noon"'],
    async run({ words: [id], flags: { user, address, reason }, output, administration }) {
      if ([id, user, address].filter((given) => given !== undefined).length !== 1)
        throw new UsageError('Give the ID of a session, or --user NAME, or --address ADDRESS');
      const client = await administration();
      const why = reason === undefined ? {} : { reason };
      if (id !== undefined) {
        await client.call('POST /sessions/:id/kick', { params: { id }, body: why });
        output.done(`Ended the session ${id}.`, { ended: 1 });
        return undefined;
      }
      const whose = user === undefined ? { remoteAddress: address ?? '' } : { account: user };
      const { ended } = await client.call('POST /sessions/kick', { body: { ...whose, ...why } });
      output.done(`Ended ${ended} session${ended === 1 ? '' : 's'}.`, { ended });
      return undefined;
    },
  }),
]);
