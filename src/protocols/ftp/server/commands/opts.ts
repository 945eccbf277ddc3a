import { reply, type Reply } from '../../wire/reply.ts';
import { parseDeflateLevel } from '../../wire/option-arguments.ts';
import type { Command } from '../command.ts';
import type { FtpConnection } from '../connection.ts';
import { optsHash } from '../checksum-command.ts';
import { optsMlst } from '../listing/opts-mlst.ts';

const targets: Readonly<Record<string, (connection: FtpConnection, options: string) => Reply>> = {
  UTF8: optsUtf8,
  'UTF-8': optsUtf8,
  'EPSV-AHEAD': optsPortsAhead,
  HASH: optsHash,
  MLST: optsMlst,
  MODE: optsMode,
};

/** RFC 2389 OPTS. */
export const opts: Command = {
  verb: 'OPTS',
  syntax: 'OPTS UTF8 ON | EPSV-AHEAD ON|OFF | HASH [<algorithm>] | MLST [<facts>] | MODE Z LEVEL <0-9>',
  summary: 'Set an option of a command.',
  source: 'RFC 2389 section 4, RFC 3659 section 7.9',
  beforeLogin: true,
  argument: 'required',
  run: (connection, argument) => {
    const space = argument.indexOf(' ');
    const name = (space < 0 ? argument : argument.slice(0, space)).toUpperCase();
    const target = targets[name];
    return target === undefined
      ? reply(501, 'No such option')
      : target(connection, space < 0 ? '' : argument.slice(space + 1));
  },
};

/** Names are always UTF-8 here (RFC 2640), and nothing else can be had. */
function optsUtf8(_connection: FtpConnection, options: string): Reply {
  const wanted = options.trim().toUpperCase();
  return wanted === '' || wanted === 'ON' || wanted === 'NLST'
    ? reply(200, 'UTF8 is on')
    : reply(501, 'UTF8 cannot be switched off');
}

/**
 * Has passive ports queue up instead of replacing each other, so that the connections of the next files are made while
 * one is under way. Either way no port is prepared after it.
 */
function optsPortsAhead(connection: FtpConnection, options: string): Reply {
  const wanted = options.trim().toUpperCase();
  if (wanted !== 'ON' && wanted !== 'OFF') return reply(501, 'EPSV-AHEAD is ON or OFF');
  connection.data.clear();
  connection.state.portsAhead = wanted === 'ON';
  return reply(200, `EPSV-AHEAD is ${wanted.toLowerCase()}`);
}

/** `OPTS MODE Z LEVEL n`, of which the part behind MODE is given. */
function parseModeOption(options: string): number {
  return parseDeflateLevel(options);
}

function optsMode(connection: FtpConnection, options: string): Reply {
  connection.state.parameters.compressionLevel = parseModeOption(options);
  return reply(200, `MODE Z LEVEL set to ${connection.state.parameters.compressionLevel}`);
}
