import { parseListArgument } from '../../wire/list-arguments.ts';
import { maximumStatEntries } from '../../wire/limits.ts';
import { listReply, type Reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import type { FtpConnection } from '../connection.ts';
import { Listing } from '../listing/list-lines.ts';
import { findListSubject } from '../listing/list-subject.ts';

/** RFC 959 STAT: how the session stands, also while a transfer runs, or a listing without a data connection. */
export const stat: Command = {
  verb: 'STAT',
  syntax: 'STAT [[-aAdFhlLnrRSt] <path or pattern>]',
  summary: 'Tell how the session and a running transfer stand, or list a path in the reply.',
  source: 'RFC 959 section 4.1.3',
  beforeLogin: true,
  duringTransfer: 'answer',
  keeps: ['restart'],
  run: (connection, argument) => {
    if (argument.trim() === '') return listReply(211, 'Status of this session:', describe(connection), 'End');
    return listPath(connection, argument);
  },
};

async function listPath(connection: FtpConnection, argument: string): Promise<Reply> {
  const { pending } = connection.state;
  // Only the form without a path leaves a marker for the transfer that follows.
  if (!connection.transferring) pending.restart = null;
  const request = parseListArgument(argument);
  const subject = await findListSubject(connection, request);
  const lines: string[] = [];
  for await (const piece of new Listing(connection, request.options, 'long').piecesOf(subject)) {
    for (const line of piece.split('\r\n')) if (line !== '') lines.push(line);
    if (lines.length > maximumStatEntries) break;
  }
  const cut = lines.length > maximumStatEntries;
  if (cut) lines.length = maximumStatEntries;
  const last = cut ? 'There is more: LIST tells all' : 'End';
  return listReply(subject.kind === 'directory' ? 212 : 213, 'Status of the path:', lines, last);
}

function describe(connection: FtpConnection): string[] {
  const { session, state } = connection;
  const { parameters, login, security } = state;
  const user = session.account?.name ?? null;
  const minutes = Math.floor((Date.now() - session.openedAt) / 60_000);
  return [
    `Connected from ${session.endpoint.remoteAddress} for ${minutes} minutes`,
    user === null
      ? `Not logged in${login.stage === 'need-user' ? '' : ', waiting for the password'}`
      : `Logged in as ${user}`,
    `TYPE: ${parameters.type === 'ascii' ? 'ASCII Non-print' : 'Image'}, STRU: ${structures[parameters.structure]}, MODE: ${modes[parameters.mode]}`,
    `Control connection: ${session.security ?? 'in the clear'}`,
    `Data connections: ${security.protectData ? 'encrypted (PROT P)' : 'in the clear (PROT C)'}`,
    describeTransfer(connection),
  ];
}

const structures = { file: 'File', record: 'Record' } as const;
const modes = { stream: 'Stream', block: 'Block', deflate: 'Deflate' } as const;

function describeTransfer({ session, transferring }: FtpConnection): string {
  const { transfer } = session;
  if (transfer === null) {
    return transferring ? 'A transfer waits for its data connection' : 'No transfer is running';
  }
  const { direction, path, bytes, total } = transfer;
  return `Transfer (${direction}) of ${path}: ${bytes}${total === null ? '' : ` of ${total}`} bytes so far`;
}
