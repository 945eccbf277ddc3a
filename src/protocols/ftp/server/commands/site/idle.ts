import { parseIdleSeconds } from '../../../wire/site-arguments.ts';
import { reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE IDLE: within what the server allows. */
export const idle: SiteCommand = {
  verb: 'IDLE',
  syntax: 'SITE IDLE [<seconds>]',
  summary: 'Tell or set how long the connection may be idle.',
  source: 'BSD ftpd',
  run: ({ state, options, session }, argument) => {
    const seconds = parseIdleSeconds(argument);
    const maximumMs = session.account?.limits?.idleTimeoutMs ?? options.timeouts.maximumIdleMs;
    const maximum = Math.floor(maximumMs / 1000);
    if (seconds === null) {
      const current = Math.floor(state.idleTimeoutMs / 1000);
      return reply(200, `The idle time is ${current} seconds, at most ${maximum}`);
    }
    if (seconds > maximum) return reply(501, `The idle time is at most ${maximum} seconds`);
    state.idleTimeoutMs = seconds * 1000;
    return reply(200, `Idle time set to ${seconds} seconds`);
  },
};
