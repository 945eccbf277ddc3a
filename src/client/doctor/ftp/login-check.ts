import { WherryError } from '#core/errors.ts';
import { replyError } from '#protocols/ftp/client/reply-errors.ts';
import { parseFeatures } from '#protocols/ftp/wire/features.ts';
import { ok, problem, warning, type Diagnosis, type Outcome } from '../finding.ts';
import type { FtpPatient } from './ftp-patient.ts';
import { protectData, quoteReply, sendLogin, type LoginResult } from './session.ts';

/** Logs in, and says which part of it was refused. */
export async function checkLogin(patient: FtpPatient): Promise<Outcome> {
  const { link, login } = patient;
  if (link === null) throw new WherryError('closed', 'There is no control connection');
  const { user = 'anonymous' } = login;
  let result: LoginResult;
  try {
    result = await sendLogin(patient, link);
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.reply === 421) return turnedAway(thrown);
    throw thrown;
  }
  const { reply, step } = result;
  if (reply.code >= 300) return refusal(result, user, login.password !== undefined);
  const exposed = await protectData(patient, link);
  if (exposed === null) return ok(`logged in as ${user}: ${quoteReply(reply)}`);
  return warning(`logged in as ${user}, but the server answers PROT P with ${quoteReply(exposed)}`, {
    side: 'server',
    cause: `TLS protects ${step === 'USER' ? 'names' : 'the password'} and not the files`,
    remedy: 'at the server: switch protection of data connections on',
  });
}

function turnedAway(error: WherryError): Outcome {
  return problem(error.code, error.message, {
    side: 'server',
    cause: 'the server ended the connection at the login: too many are open, or this address is kept out',
    remedy: 'close other connections and wait; at the server: see its log, its bans and its limits',
  });
}

function refusal({ step, reply, accountWanted }: LoginResult, user: string, hadPassword: boolean): Outcome {
  const error = replyError(reply, { verb: 'PASS', action: 'log in' });
  const seen = `the server answers ${step} with ${quoteReply(reply)}`;
  const text = reply.lines.join(' ');
  if (error.code === 'too-many') {
    return problem('too-many', seen, {
      side: 'server',
      cause: 'this account, or this address, has as many connections as it may have',
      remedy:
        'close other connections and use fewer at a time; at the server: raise the limit of the account',
    });
  }
  if (accountWanted) {
    return problem('login-refused', seen, {
      side: 'account',
      cause: 'the server asks for an account (ACCT) beside user and password',
      remedy: 'save the site with the logon type account',
    });
  }
  const found = loginRefusals.find(([matches]) => matches({ step, text, hadPassword }));
  const { side, cause, remedy } = found?.[1](user) ?? wrongPassword(user);
  return problem('login-refused', seen, { side, cause, remedy });
}

interface Refused {
  readonly step: LoginResult['step'];
  readonly text: string;
  readonly hadPassword: boolean;
}

/** Why logins are refused, by where it happens and the server's words; the first row that fits counts. */
const loginRefusals: readonly (readonly [(refused: Refused) => boolean, (user: string) => Diagnosis])[] = [
  [
    ({ text }) => /tls|ssl|encrypt|secure|AUTH/i.test(text),
    () => ({
      side: 'here',
      cause: 'the server takes no password in the clear',
      remedy: 'use ftpes://, and leave --tls off away',
    }),
  ],
  [
    ({ text }) => /anonymous/i.test(text),
    () => ({
      side: 'account',
      cause: 'this server has no anonymous access',
      remedy: 'put a user into the URL: ftp://USER@HOST/',
    }),
  ],
  [
    ({ step }) => step === 'USER',
    (user) => ({
      side: 'account',
      cause: `the server refuses the user ${user} before it has seen a password`,
      remedy:
        'check the user name; at the server: see whether the account exists, is enabled, and may come from this network and by FTP',
    }),
  ],
  [
    ({ hadPassword }) => !hadPassword,
    (user) => ({
      side: 'account',
      cause:
        user === 'anonymous' ? 'this server has no anonymous access' : `no password was given for ${user}`,
      remedy:
        user === 'anonymous'
          ? 'put a user into the URL: ftp://USER@HOST/'
          : 'give one by WHERRY_PASSWORD, --password-file or ~/.netrc',
    }),
  ],
];

function wrongPassword(user: string): Diagnosis {
  return {
    side: 'account',
    cause: `user ${user} and password do not fit together, or the account may not log in (servers do not say which)`,
    remedy:
      'check user and password (in a URL, characters such as @ : / % of a password are written %40 %3A %2F %25); at the server: see its log, whether the account is enabled, has expired, and may come from this network',
  };
}

/** Asks what the server can do. */
export async function readFeatures(patient: FtpPatient): Promise<Outcome> {
  const { link } = patient;
  if (link === null) throw new WherryError('closed', 'There is no control connection');
  const [features, system] = [await link.command('FEAT'), await link.command('SYST')];
  await link.command('TYPE', 'I');
  if (features.code < 300) patient.features = parseFeatures(features.lines.slice(1, -1));
  const software = system.code < 300 ? ` (${quoteReply(system)})` : '';
  if (patient.features.size === 0) {
    return warning(`the server lists no extensions${software}`, {
      side: 'server',
      cause: 'it is an old one: no exact times, no resuming of TLS, no check of what was transferred',
      remedy: 'nothing has to be done; sizes and times in listings are less exact',
    });
  }
  return ok(`${[...patient.features.keys()].join(', ')}${software}`);
}

/** Whether names that are not ASCII survive. */
export function checkNames({ features, options }: FtpPatient): Promise<Outcome> {
  if (options.charset !== undefined)
    return Promise.resolve(ok(`names are taken for ${options.charset}, as told`));
  if (features.has('UTF8')) return Promise.resolve(ok('the server speaks UTF-8 (RFC 2640)'));
  return Promise.resolve(
    warning('the server does not say that it speaks UTF-8', {
      side: 'server',
      cause: 'names with letters beyond ASCII may come out garbled',
      remedy: 'give its encoding with --charset, such as windows-1252, when names look wrong',
    }),
  );
}

const hashVerbs = ['HASH', 'XSHA512', 'XSHA256', 'XSHA1', 'XSHA', 'XMD5', 'MD5', 'XCRC'];

/** Whether the server can tell what it has received. */
export function checkHashes({ features }: FtpPatient): Promise<Outcome> {
  const offered = hashVerbs.filter((verb) => features.has(verb));
  if (offered.length > 0) {
    const names = features.get('HASH') ?? '';
    return Promise.resolve(ok(`${offered.join(', ')}${names === '' ? '' : ` (${names})`}`));
  }
  return Promise.resolve(
    warning('the server computes no digests', {
      side: 'server',
      cause: 'a transfer can be checked by size alone; FTP does not notice a changed octet',
      remedy: 'after transfers that matter fetch the file again and compare, or use sftp://',
    }),
  );
}
