import { lookup as resolveName } from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { toWherryError, WherryError } from '#core/errors.ts';
import { classifyAddress, parseAddress } from '#protocols/ftp/wire/address.ts';
import type { HookTarget } from './hook-options.ts';
import { signatureHeaders } from './signature.ts';

/** What a hook has to say; nobody needs more to say yes or no. */
const longestAnswerBytes = 64 * 1024;

/** An answer of a web server. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends a message to a web server, signed where there is a secret. Redirects are never followed: they are answers
 * like any other, so nobody out there can point this server at something within. The connection goes to an address
 * that was looked at, not to one that the name may mean a moment later.
 *
 * @throws WherryError `timeout`, `connection-refused`, `permission` for a name that leads to a private network,
 *   `too-large` for an endless answer
 */
export async function sendToHttp(
  target: Extract<HookTarget, { kind: 'http' }>,
  message: { readonly id: string; readonly body: string },
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const url = new URL(target.url);
  const body = Buffer.from(message.body, 'utf8');
  const given = Object.entries(target.headers ?? {}).map(([name, value]) => [name, value.reveal()] as const);
  const headers = {
    ...Object.fromEntries(given),
    'content-type': 'application/json',
    'content-length': body.length,
    connection: 'close',
    ...signatureHeaders(message, target.secret, Date.now()),
  };
  const options = { method: 'POST', headers, signal, lookup: checkedLookup(url, target.internal === true) };
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const send = url.protocol === 'https:' ? requestHttps : requestHttp;
      const request = send(url, options, (response) => {
        readAnswer(response).then(resolve, (thrown: Error) => {
          request.destroy();
          reject(thrown);
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  } catch (thrown) {
    if (signal.aborted)
      throw new WherryError('timeout', 'The hook did not answer in time', { cause: thrown });
    throw toWherryError(thrown, 'reach the hook');
  }
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestAnswerBytes) throw new WherryError('too-large', 'The answer of the hook is too long');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
}

/** Resolves a name to addresses that the hook may mean. */
function checkedLookup({ hostname }: URL, internal: boolean): LookupFunction {
  const meant = internal || hostname === 'localhost' || isIP(hostname.replaceAll(/[[\]]/gu, '')) !== 0;
  return (name, options, done) => {
    resolveName(name, { all: true }, (error, found) => {
      const usable = meant || error !== null ? found : found.filter(({ address }) => isPublic(address));
      const [first] = usable ?? [];
      if (error !== null) done(error, '', 0);
      else if (first === undefined) done(privateNetwork() as Error, '', 0);
      else if (options.all === true) done(null, usable);
      else done(null, first.address, first.family);
    });
  };
}

function privateNetwork(): WherryError {
  return new WherryError(
    'permission',
    'The name of the hook leads to a private network; say "internal: true" for it if that is meant',
  );
}

function isPublic(address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && classifyAddress(parsed) === 'public';
}
