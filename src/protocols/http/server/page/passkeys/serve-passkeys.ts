import { createHash } from 'node:crypto';
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import { pagePrefix } from '../../../contract/page/common.ts';
import type { PasskeyJson, PasskeyRecord } from '../../../contract/page/session.ts';
import type { PluginContext } from '../../http-server.ts';
import { demandCsrfToken, webSessionOf } from '../../identify.ts';
import { enterPage, leaving, sourceOf } from '../../page-session.ts';
import { pageSchema } from '../page-schema.ts';
import { shareOf } from '../shares/share-session.ts';
import { Challenges } from './challenges.ts';
import type { KeptPasskey, PasskeyKeeper } from './passkey-keeper.ts';
import { relyingPartyOf, type RelyingParty } from './relying-party.ts';

/** Loaded when somebody has a passkey: certificates of devices and their formats are half a megabyte. */
const loadWebAuthn = async () => import('@simplewebauthn/server');

/** What authenticators answer is some kilobytes; the library looks into it. */
const credential = {
  type: 'object',
  required: ['id', 'response'],
  maxProperties: 32,
  properties: { id: { type: 'string', maxLength: 2048 }, response: { type: 'object' } },
} as const;
const challenge = { type: 'string', minLength: 1, maxLength: 128 } as const;
const fields = (properties: Readonly<Record<string, object>>): object => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});
const loginBody = fields({ challenge, credential });
const additionBody = fields({
  challenge,
  credential,
  name: { type: 'string', minLength: 1, maxLength: 255 },
});
const maximumBodyOctets = 64 * 1024;

interface LoginAnswer {
  readonly challenge: string;
  readonly credential: AuthenticationResponseJSON;
}

interface AdditionAnswer {
  readonly challenge: string;
  readonly name: string;
  readonly credential: RegistrationResponseJSON;
}

/** Serves passkeys: adding and removing one's own, and logging in by them without a name or a password. */
export function servePasskeys(
  app: FastifyInstance,
  { sessions, page }: PluginContext,
  keeper: PasskeyKeeper,
): void {
  const challenges = new Challenges();
  const ownerOf = (request: FastifyRequest): string => {
    const web = webSessionOf(request, sessions);
    const account = web?.session.account?.name;
    if (web === null || account === undefined)
      throw new WherryError('login-refused', 'Log in to see your passkeys');
    demandCsrfToken(request, web);
    if (shareOf(web.session) !== null)
      throw new WherryError('permission', 'Not allowed: visitors of a link have no passkeys');
    return account;
  };
  app.get(
    `${pagePrefix}/passkeys`,
    { schema: pageSchema('The passkeys of the account') },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return { passkeys: (await keeper.list(ownerOf(request))).map(recordOf) };
    },
  );
  app.post(
    `${pagePrefix}/passkeys/begin`,
    { schema: pageSchema('Options for a new passkey') },
    async (request) => {
      const account = ownerOf(request);
      const party = demandParty(request);
      const { id, text } = challenges.give(account);
      const known = await keeper.list(account);
      const { generateRegistrationOptions } = await loadWebAuthn();
      const options = await generateRegistrationOptions({
        rpName: 'wherry',
        rpID: party.id,
        userName: account,
        userID: userHandleOf(account),
        challenge: Buffer.from(text, 'base64url'),
        attestationType: 'none',
        excludeCredentials: known.map((one) => ({ id: one.id, transports: transportsOf(one) })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      return { challenge: id, options: options as unknown as PasskeyJson };
    },
  );
  app.post<{ Body: AdditionAnswer }>(
    `${pagePrefix}/passkeys/finish`,
    { schema: pageSchema('Adds a passkey', { body: additionBody }), bodyLimit: maximumBodyOctets },
    async (request) => {
      const account = ownerOf(request);
      const party = demandParty(request);
      const { name, credential: response } = request.body;
      const expectedChallenge = challenges.take(request.body.challenge, account);
      if (expectedChallenge === null) throw tooLate();
      const { verifyRegistrationResponse } = await loadWebAuthn();
      const verified = await verifyRegistrationResponse({
        response,
        expectedChallenge,
        expectedOrigin: party.origin,
        expectedRPID: party.id,
        requireUserVerification: true,
      }).catch(() => null);
      if (verified === null || !verified.verified)
        throw new WherryError(
          'invalid-argument',
          'Cannot add the passkey: the answer of the device is not good',
        );
      const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential;
      const kept = await keeper.add({
        id,
        account,
        name,
        publicKey: Buffer.from(publicKey).toString('base64url'),
        counter,
        transports,
        relyingParty: party.id,
      });
      return recordOf(kept);
    },
  );
  app.delete<{ Params: { readonly passkey: string } }>(
    `${pagePrefix}/passkeys/:passkey`,
    { schema: pageSchema('Removes a passkey') },
    async (request, reply) => {
      await keeper.remove(ownerOf(request), request.params.passkey);
      return reply.code(204).send();
    },
  );
  app.post(
    `${pagePrefix}/session/passkey/begin`,
    { schema: pageSchema('Options for a login by passkey') },
    async (request) => {
      const { id: rpID } = demandParty(request);
      const { id, text } = challenges.give(null);
      const { generateAuthenticationOptions } = await loadWebAuthn();
      const options = await generateAuthenticationOptions({
        rpID,
        challenge: Buffer.from(text, 'base64url'),
        userVerification: 'required',
      });
      return { challenge: id, options: options as unknown as PasskeyJson };
    },
  );
  app.post<{ Body: LoginAnswer }>(
    `${pagePrefix}/session/passkey/finish`,
    { schema: pageSchema('Logs in by a passkey', { body: loginBody }), bodyLimit: maximumBodyOctets },
    async (request, reply) => {
      const party = demandParty(request);
      const { credential: response } = request.body;
      const expectedChallenge = challenges.take(request.body.challenge, null);
      if (expectedChallenge === null) throw tooLate();
      const known = await keeper.find(response.id);
      const counter =
        known === null ? null : await verifiedCounter({ known, response, expectedChallenge, party });
      // A device that is unknown or has not signed takes the way of every refused login: slowed down and counted.
      const id = known === null || counter === null ? '' : known.id;
      const step = await page.login.byPasskey(known?.account ?? '', id, sourceOf(request), leaving(request));
      if (step.outcome === 'code') return step;
      if (counter !== null) await keeper.noteUse(id, counter);
      return enterPage(step.session, request, reply, page);
    },
  );
}

/** How often the authenticator says that it has signed; null when the signature is not good. */
async function verifiedCounter(login: {
  readonly known: KeptPasskey;
  readonly response: AuthenticationResponseJSON;
  readonly expectedChallenge: string;
  readonly party: RelyingParty;
}): Promise<number | null> {
  const { known, response, expectedChallenge, party } = login;
  try {
    const { verifyAuthenticationResponse } = await loadWebAuthn();
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: known.id,
        publicKey: Buffer.from(known.publicKey, 'base64url'),
        counter: known.counter,
        transports: transportsOf(known),
      },
    });
    return verified ? authenticationInfo.newCounter : null;
  } catch {
    return null;
  }
}

function demandParty(request: FastifyRequest): RelyingParty {
  const party = relyingPartyOf(request);
  if (party !== null) return party;
  throw new WherryError(
    'not-supported',
    'Browsers keep passkeys only for pages with a name and over TLS: open this one by https:// and its name',
  );
}

function tooLate(): WherryError {
  return new WherryError('invalid-argument', 'This took too long, or was answered already; begin again');
}

/** What the device files the account under; it should tell nobody who that is (W3C WebAuthn 3, section 14.6.1). */
function userHandleOf(account: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(account).digest());
}

function transportsOf({ transports }: KeptPasskey): AuthenticatorTransport[] {
  return [...transports] as AuthenticatorTransport[];
}

function recordOf({ id, name, addedAt, lastUsedAt }: KeptPasskey): PasskeyRecord {
  return { id, name, createdAt: addedAt, lastUsedAt };
}
