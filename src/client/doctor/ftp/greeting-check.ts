import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { replyError } from '#protocols/ftp/client/reply-errors.ts';
import type { Reply } from '#protocols/ftp/wire/reply.ts';
import { ok, problem, type Outcome } from '../finding.ts';
import { openSocket } from '../network-checks.ts';
import { takeSocket } from '../patient.ts';
import { peek } from '../peek.ts';
import { looksLikeFtp, recogniseService } from './first-words.ts';
import type { FtpPatient } from './ftp-patient.ts';
import { openLink, quoteReply } from './session.ts';

/** What answers, and whether it lets this machine in. */
export async function hearGreeting(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  const socket = takeSocket(patient);
  const first = await peek(socket, patient.times.replyMs);
  if (first === null || first.length === 0 || !looksLikeFtp(first)) {
    socket.destroy();
    if (first === null) return (await speaksTls(patient, signal)) ? needsImplicitTls() : silent();
    return first.length === 0 ? cutOff() : foreign(first);
  }
  const link = openLink(patient, socket);
  let greeting: Reply;
  try {
    greeting = await link.greeting(patient.times.replyMs);
  } catch (thrown) {
    // 421 ends the link by itself; its words stand in the error.
    if (thrown instanceof WherryError && thrown.reply !== undefined) return turnedAway(thrown);
    throw thrown;
  }
  if (greeting.code >= 300) return turnedAway(replyError(greeting, { verb: '', action: 'connect' }));
  return ok(`the server says ${quoteReply(greeting)}`);
}

function turnedAway(error: WherryError): Outcome {
  const tooMany = error.code === 'too-many';
  const banned = /\bban|block|denied|not (?:allowed|welcome)|forbidden/i.test(error.message);
  return problem(tooMany ? 'too-many' : 'unavailable', error.message, {
    side: 'server',
    cause: tooMany
      ? 'too many connections are open: from this address, or at the server in all'
      : banned
        ? 'the server keeps this address out: a ban after wrong passwords, or a rule for networks'
        : 'the server takes nobody in at the moment, or not from this address',
    remedy: tooMany
      ? 'close other connections and use fewer at a time (--parallel, or the limit of connections in the site manager); at the server: raise the limit of connections for each address'
      : banned
        ? 'wait until the ban ends; at the server: look at the list of bans ("wherry ban list") and at the rules for networks'
        : 'try again in a minute; at the server: see the log for why it refuses',
  });
}

function foreign(first: Buffer): Outcome {
  const recognised = recogniseService(first);
  const shown = printableName(first.subarray(0, 80).toString('latin1').trimEnd());
  return problem('protocol', `what answers begins with "${shown}"`, {
    side: 'here',
    cause:
      recognised === null
        ? 'this is no FTP server'
        : `this is no FTP server: it looks like ${recognised.name}`,
    remedy: recognised?.advice ?? 'check host and port of the URL',
  });
}

function cutOff(): Outcome {
  return problem('connection-lost', 'the connection is accepted and closed without a word', {
    side: 'server',
    cause: 'the server keeps this address out, or has no connection left for it',
    remedy:
      'at the server: look at bans, at rules for networks (tcp wrappers), and at the limit of connections',
  });
}

function silent(): Outcome {
  return problem('timeout', 'the connection is accepted, and nothing is said', {
    side: 'server',
    cause:
      'the server is overloaded or looks the name of this address up in vain; or this is a service that waits for the client to speak, such as a web server',
    remedy:
      'check the port of the URL; at the server: turn off the look-up of names (reverse DNS) and see its load',
  });
}

function needsImplicitTls(): Outcome {
  return problem('protocol', 'nothing is said, but a TLS handshake is answered', {
    side: 'here',
    cause: 'this port speaks TLS from the first octet (implicit FTPS)',
    remedy: 'use ftps:// for this port, or ftp:// with the port of explicit TLS',
  });
}

async function speaksTls(
  { host, port, remoteAddress, dialer }: FtpPatient,
  signal: AbortSignal,
): Promise<boolean> {
  if (dialer !== null) return false;
  const timed = AbortSignal.any([signal, AbortSignal.timeout(probeMs)]);
  try {
    const socket = await openSocket({ host: remoteAddress ?? host, port }, timed);
    const probe = connectTls({ socket, rejectUnauthorized: false });
    probe.on('error', () => undefined);
    try {
      await once(probe, 'secureConnect', { signal: timed });
      return true;
    } finally {
      probe.destroy();
      socket.destroy();
    }
  } catch {
    return false;
  }
}

/** What is there answers a ClientHello in a round trip or two. */
const probeMs = 1500;
