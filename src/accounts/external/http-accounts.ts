import { BlockList, isIP } from 'node:net';
import type { Accounts } from '#core/authentication.ts';
import { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import { maximumAnswerBytes } from './answer.ts';
import { ExternalAccounts, type ExternalOptions } from './external-accounts.ts';

export interface HttpAccountsOptions extends ExternalOptions {
  /** Where logins are put as POST requests: https, or http to a loopback address. */
  readonly url: string;
  /** Sent as a bearer token, so that the other side knows who asks. */
  readonly secret?: Secret | undefined;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Accounts that a web service answers for. Passwords are in the question, so it goes encrypted or stays on this
 * machine; a redirection is never followed, since it could lead them, and the token, elsewhere. An answer must be JSON,
 * no longer than 256 KiB, and there in time; see `readAnswer` for its form. What is wrong makes the login fail as
 * `unavailable`, never succeed.
 *
 * @throws WherryError `invalid-argument` for a URL that is none of these
 */
export function httpAccounts(options: HttpAccountsOptions): Accounts {
  const url = checkUrl(options.url);
  const { secret } = options;
  return new ExternalAccounts(options, async (question, signal) => {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret.reveal()}` }),
      },
      body: JSON.stringify(question),
    });
    try {
      if (response.status !== 200) throw broken(`it answered with status ${response.status}`);
      const type = response.headers.get('content-type') ?? '';
      if (!/^application\/json(?:\s*;|$)/iu.test(type)) throw broken('its answer is no JSON');
      return await readText(response);
    } finally {
      // What is left of an answer that is not wanted is not waited for.
      if (response.body?.locked === false) await response.body.cancel();
    }
  });
}

function checkUrl(text: string): URL {
  const url = URL.parse(text);
  const host = url?.hostname.replaceAll(/^\[|\]$/gu, '') ?? '';
  const family = isIP(host);
  const isLocal =
    host === 'localhost' || (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4'));
  const isFit = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal);
  if (url !== null && isFit && url.username === '' && url.password === '') return url;
  throw new WherryError(
    'invalid-argument',
    'Cannot ask for logins there: the URL must be https, or http to this machine, without a user in it',
  );
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maximumAnswerBytes) throw broken(`its answer is longer than ${maximumAnswerBytes} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function broken(reason: string): WherryError {
  return new WherryError('unavailable', `Cannot check the login: ${reason}`);
}
