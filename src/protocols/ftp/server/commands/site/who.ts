import type { Session } from '#engine/session.ts';
import { maximumSessionsTold } from '../../../wire/limits.ts';
import { listReply, reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE WHO: for administrators, because it tells others' names and addresses. */
export const who: SiteCommand = {
  verb: 'WHO',
  syntax: 'SITE WHO',
  summary: 'List the open sessions; for administrators.',
  source: 'Serv-U',
  argument: 'none',
  run: ({ session, options }) => {
    if (session.account?.administrator !== true) return reply(550, 'SITE WHO is for administrators');
    const sessions = options.sessions.list();
    const lines = sessions.slice(0, maximumSessionsTold).map(describe);
    return listReply(211, `Sessions: ${sessions.length}`, lines, 'End');
  },
};

function describe({ id, protocol, account, endpoint, openedAt, transfer }: Session): string {
  const seconds = Math.floor((Date.now() - openedAt) / 1000);
  const action = transfer === null ? 'idle' : `${transfer.direction} ${transfer.path} ${transfer.bytes}`;
  return `${id} ${protocol} ${account?.name ?? '-'} ${endpoint.remoteAddress} ${seconds}s ${action}`;
}
