import type { ServerEvent } from '#engine/events.ts';
import { humanLog } from '#server/log/human-log.ts';
import { UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';

/** `wherry log`. */
export const command = adminCommand('log', 'What happens on the running server.', [
  action({
    name: '',
    usage: '',
    summary: 'Follow the log of the running server until Ctrl+C',
    flags: { follow: { type: 'boolean', short: 'f' } },
    flagHelp: ['--follow, -f           as it grows'],
    examples: ['wherry log --follow', 'wherry log --follow --json'],
    async run({ flags, output, administration }) {
      if (flags.follow !== true) throw new UsageError('Give --follow');
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
    },
  }),
]);
