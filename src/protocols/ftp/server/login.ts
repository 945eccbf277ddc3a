import { setTimeout as delay } from 'node:timers/promises';
import { typedAnswer, type Credential, type LoginOutcome } from '#core/authentication.ts';
import { isPending } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import { rootPath } from '#core/virtual-path.ts';
import type { EntryRefusal } from '#engine/session.ts';
import { reply, type Reply } from '../wire/reply.ts';
import type { FtpConnection } from './connection.ts';
import { clientCertificate } from './tls/server-handshake.ts';

/** The users that RFC 1635 names. */
export const anonymousNames: ReadonlySet<string> = new Set(['anonymous', 'ftp']);

const promptForPassword = reply(331, 'Password required');
const promptForAddress = reply(331, 'Anonymous login: send your e-mail address as password');

/** Begins a login: whoever was logged in is not any more, transfer parameters stay (RFC 959 section 4.1.1). */
export async function beginLogin(connection: FtpConnection, user: string): Promise<Reply | null> {
  const { state, session, options, control } = connection;
  const { login } = state;
  session.become(null);
  connection.data.clear();
  state.directory = rootPath;
  login.stage = 'need-user';
  login.accepted = [];
  login.wanted = [];
  if (options.requireTls && !connection.protectedControl)
    return reply(530, 'TLS is required: send AUTH TLS first');
  login.user = user;
  login.stage = 'need-password';
  const certificate = control.tls === null ? null : clientCertificate(control.tls);
  if (certificate !== null) {
    const outcome = await ask(connection, { kind: 'certificate', ...certificate });
    if (outcome.outcome === 'accepted') return welcome(connection, outcome, 'certificate', 232);
    if (outcome.outcome === 'more') {
      login.accepted.push({ kind: 'certificate', ...certificate });
      login.wanted = outcome.wanted;
    }
  }
  return anonymousNames.has(user.toLowerCase()) ? promptForAddress : promptForPassword;
}

/** Goes on with a login: checks what the client offers, slows down guessing, ends it at its limit. */
export async function continueLogin(connection: FtpConnection, given: Credential): Promise<Reply | null> {
  const { login } = connection.state;
  const credential = given.kind === 'password' ? typedAnswer(given.password, login.wanted) : given;
  let outcome: LoginOutcome;
  try {
    outcome = await ask(connection, credential);
  } catch (thrown) {
    login.stage = 'need-user';
    if (thrown instanceof WherryError && thrown.code === 'unavailable') {
      return reply(421, 'The login cannot be checked now, try again later');
    }
    throw thrown;
  }
  if (outcome.outcome === 'accepted') return welcome(connection, outcome, credential.kind, 230);
  if (outcome.outcome === 'more') {
    login.accepted.push(credential);
    login.wanted = outcome.wanted;
    login.stage = outcome.wanted.includes('account') ? 'need-account' : 'need-password';
    return login.stage === 'need-account'
      ? reply(332, 'Account information required, send ACCT')
      : reply(331, 'More is required, send the next answer with PASS');
  }
  return refuse(connection, credential, outcome.reason);
}

async function ask(connection: FtpConnection, credential: Credential): Promise<LoginOutcome> {
  const { login } = connection.state;
  const { session, options, control } = connection;
  const controller = new AbortController();
  const outcome = options.accounts.authenticate(
    {
      user: login.user,
      credential,
      previous: login.accepted,
      protocol: session.protocol,
      remoteAddress: session.endpoint.remoteAddress,
      secure: connection.protectedControl,
      tlsVersion: control.tls?.getProtocol() ?? null,
      host: login.host ?? connection.serverName,
    },
    controller.signal,
  );
  if (!isPending(outcome)) return outcome;
  // A client that has ended its side waits for no answer; its place in a queue is somebody else's.
  connection.onceUnwanted(() => controller.abort());
  try {
    return await outcome;
  } finally {
    connection.onceClosed(null);
  }
}

async function welcome(
  connection: FtpConnection,
  { account }: Extract<LoginOutcome, { outcome: 'accepted' }>,
  method: Credential['kind'],
  code: 230 | 232,
): Promise<Reply | null> {
  const { state, session, options } = connection;
  if (account.requireTls && !connection.protectedControl) {
    state.login.stage = 'need-user';
    return reply(530, 'TLS is required for this account: send AUTH TLS first');
  }
  const entering = session.enter(account);
  const refusal = isPending(entering) ? await entering : entering;
  if (refusal !== null) return turnAway(connection, refusal, { user: account.name, method });
  state.login.stage = 'ready';
  state.login.accepted = [];
  state.badCommands = 0;
  state.directory = account.home;
  state.idleTimeoutMs = account.limits?.idleTimeoutMs ?? options.timeouts.idleMs;
  connection.attempts.succeeded(account.name);
  if (session.events.wants('login-accepted')) {
    session.events.emit({ event: 'login-accepted', ...session.facts(), method });
  }
  return reply(code, 'Login successful');
}

/** The proof was right, and yet: that is no guess, and the connection may try again unless there are too many. */
function turnAway(
  connection: FtpConnection,
  { code, reason }: EntryRefusal,
  { user, method }: { readonly user: string; readonly method: Credential['kind'] },
): Reply | null {
  const { state, session } = connection;
  state.login.stage = 'need-user';
  state.login.accepted = [];
  if (session.events.wants('login-refused')) {
    session.events.emit({ event: 'login-refused', ...session.facts(), user, method, reason });
  }
  if (code === 'permission') return reply(530, reason);
  connection.close(reply(421, reason), reason);
  return null;
}

async function refuse(
  connection: FtpConnection,
  credential: Credential,
  reason: string,
): Promise<Reply | null> {
  const { state, session, options } = connection;
  const { login } = state;
  const { user } = login;
  login.stage = 'need-user';
  login.accepted = [];
  login.wanted = [];
  if (session.events.wants('login-refused')) {
    session.events.emit({
      event: 'login-refused',
      ...session.facts(),
      user,
      method: credential.kind,
      reason,
    });
  }
  login.failures += 1;
  const verdict = connection.attempts.failed(user);
  const { failedLoginMs } = options.timeouts;
  const delayMs = Math.max(verdict.delayMs, failedLoginMs * 2 ** (login.failures - 1));
  if (delayMs > 0) {
    const controller = new AbortController();
    connection.onceClosed(() => controller.abort());
    await delay(delayMs, undefined, { signal: controller.signal }).catch(() => undefined);
  }
  if (!verdict.close) return reply(530, 'Login incorrect');
  connection.close(
    reply(421, 'Too many failed logins, closing control connection'),
    'too many failed logins',
  );
  return null;
}
