import type { ServerEvent } from '#engine/events.ts';
import type { LogRecord } from '#protocols/http/contract/admin/records.ts';
import { auditOutcomes, isRecorded, recordedEvents } from '#server/audit/audit-record.ts';
import { humanLog } from '#server/log/human-log.ts';
import { UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';
import { readPast } from './read-moment.ts';

/** A moment as a date, or as the time before now. */
function readMoment(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const time = readPast(text);
  if (time === null)
    throw new UsageError(`--${flag} ${text}: give a time before now as 2h or 7d, or a date as 2026-12-31`);
  return time;
}

function readCount(text: string | undefined): number {
  if (text === undefined) return 100;
  if (/^[1-9]\d{0,3}$/u.test(text) && Number(text) <= 1000) return Number(text);
  throw new UsageError(`--limit ${text}: give a number from 1 to 1000`);
}

/** A list of words that can be found; what cannot would look like nothing that has happened. */
function readWords(
  text: string | undefined,
  flag: string,
  { isKnown, words }: { readonly isKnown: (word: string) => boolean; readonly words: readonly string[] },
): string | undefined {
  const unknown = text?.split(',').find((word) => !isKnown(word));
  if (unknown === undefined) return text;
  throw new UsageError(`--${flag} ${unknown}: choose of ${words.join(', ')}`);
}

/** `wherry log`. */
export const command = adminCommand('log', 'What happened, and what happens.', [
  action({
    name: '',
    usage: '',
    summary: 'Search the audit, the latest last; or follow the log of the running server until Ctrl+C',
    flags: {
      follow: { type: 'boolean', short: 'f' },
      since: { type: 'string' },
      until: { type: 'string' },
      user: { type: 'string' },
      address: { type: 'string' },
      protocol: { type: 'string' },
      event: { type: 'string' },
      outcome: { type: 'string' },
      path: { type: 'string' },
      limit: { type: 'string' },
    },
    flagHelp: [
      '--follow, -f           everything as it happens, commands and replies too',
      '--since WHEN, --until WHEN   as 2h or 7d before now, or a date',
      '--user NAME, --address ADDRESS, --protocol NAME',
      '--event LIST           as upload,download,delete,rename,login',
      '--outcome LIST         of completed, failed, aborted, refused, unknown',
      '--path PATH            it and all below it, or a pattern with *',
      '--limit N              records at most, up to 1000 (100)',
    ],
    examples: [
      'wherry log --since 1d --user alice',
      'wherry log --event upload --outcome failed,aborted',
      "wherry log --path '*.pdf' --json",
      'wherry log --follow',
    ],
    async run({ flags, output, administration }) {
      if (flags.follow === true) {
        const client = await administration();
        const controller = new AbortController();
        process.once('SIGINT', () => {
          controller.abort();
        });
        const show = humanLog(process.stdout, { colors: process.stdout.isTTY });
        for await (const line of client.follow(controller.signal)) {
          if (output.json) output.text(JSON.stringify(line));
          else show(line as ServerEvent);
        }
        return undefined;
      }
      const query = {
        from: readMoment(flags.since, 'since'),
        to: readMoment(flags.until, 'until'),
        account: flags.user,
        remoteAddress: flags.address,
        protocol: flags.protocol,
        events: readWords(flags.event, 'event', { isKnown: isRecorded, words: recordedEvents }),
        outcomes: readWords(flags.outcome, 'outcome', {
          isKnown: (word) => auditOutcomes.some((outcome) => outcome === word),
          words: auditOutcomes,
        }),
        path: flags.path,
        limit: readCount(flags.limit),
      };
      const client = await administration();
      const { records } = await client.call('GET /log', { query });
      output.rows<LogRecord>(
        records.toReversed(),
        [
          { title: 'WHEN', text: ({ time }) => output.time(time) },
          { title: 'EVENT', text: ({ event }) => event },
          { title: 'OUTCOME', text: ({ outcome }) => outcome },
          { title: 'PROTOCOL', text: ({ protocol }) => protocol ?? '-' },
          { title: 'ACCOUNT', text: ({ account }) => account ?? '-' },
          { title: 'FROM', text: ({ remoteAddress }) => remoteAddress ?? '-' },
          { title: 'BYTES', text: ({ bytes }) => (bytes === null ? '-' : String(bytes)) },
          {
            title: 'WHAT',
            text: ({ path, target, detail }) =>
              [path, target, detail].filter((part) => part !== null && part !== '').join(' | ') || '-',
          },
        ],
        'Nothing of that kind is recorded.',
      );
      return undefined;
    },
  }),
]);
