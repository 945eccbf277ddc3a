import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeAt, stepAt } from '#accounts/one-time-code.ts';
import { Secret } from '#core/secret.ts';
import { noSsh, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { send } from '#test/http/requests.ts';
import { logIn as logInAt, takeLogin } from './hosted-client.ts';
import { PageClient } from './page-client.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';

type Json = Readonly<Record<string, unknown>>;

let server: WherryProcess;
const cleanups: (() => void | Promise<void>)[] = [];

before(async () => {
  const t = { after: (work: () => void | Promise<void>) => void cleanups.push(work) };
  const words = [...noSsh, '--host', '127.0.0.1', '--user', 'anna:secret', '--user', 'otto:secret'];
  server = await startWherry(t, { words });
});

after(async () => {
  for (const work of cleanups.toReversed()) await work();
});

/** Browsers keep passkeys for names; this one leads to the same machine. */
const origin = (): string => `http://localhost:${server.port('http')}`;
const logIn = async (user = 'anna'): Promise<PageClient> => logInAt(origin(), user, 'secret');

async function addPasskey(page: PageClient, device: SoftAuthenticator, name = 'my phone'): Promise<Json> {
  const { challenge, options } = await page.call('POST', '/passkeys/begin');
  const credential = device.create(options as Json, origin());
  return page.call('POST', '/passkeys/finish', { challenge, name, credential });
}

async function answerOf(device: SoftAuthenticator, from = origin()): Promise<Json> {
  const { challenge, options } = await new PageClient(origin()).call('POST', '/session/passkey/begin');
  return { challenge, credential: device.get(options as Json, from) };
}

const refused = async (body: Json): Promise<string> =>
  new PageClient(origin()).refusal('POST', '/session/passkey/finish', body);

test('a passkey is added, lets its owner in without a name, and is removed', async () => {
  const device = new SoftAuthenticator();
  const page = await logIn();
  assert.equal(((await page.call('GET', '/session'))['features'] as Json)['passkeys'], true);
  const { id, name } = await addPasskey(page, device);
  assert.equal(name, 'my phone');
  const visitor = new PageClient(origin());
  const response = await visitor.send('POST', '/session/passkey/finish', await answerOf(device));
  await takeLogin(visitor, response);
  assert.equal(((await visitor.call('GET', '/session'))['user'] as Json)['name'], 'anna');
  const [kept] = (await page.call('GET', '/passkeys'))['passkeys'] as readonly Json[];
  assert.equal(kept?.['id'], id);
  assert.ok(typeof kept?.['lastUsedAt'] === 'number');
  const { options } = await page.call('POST', '/passkeys/begin');
  assert.deepEqual(
    ((options as Json)['excludeCredentials'] as readonly Json[]).map((one) => one['id']),
    [id],
  );
  const other = await logIn('otto');
  assert.equal(await other.refusal('DELETE', `/passkeys/${String(id)}`), 'not-found');
  await page.call('DELETE', `/passkeys/${String(id)}`);
  assert.equal(await refused(await answerOf(device)), 'login-refused');
});

test('answers that are old, of another page, unverified, played again or of nobody let nobody in', async () => {
  const device = new SoftAuthenticator();
  const page = await logIn();
  await addPasskey(page, device);
  assert.equal(await refused(await answerOf(new SoftAuthenticator())), 'login-refused');
  assert.equal(await refused(await answerOf(device, 'https://evil.example')), 'login-refused');
  device.verifies = false;
  assert.equal(await refused(await answerOf(device)), 'login-refused');
  device.verifies = true;
  const answer = await answerOf(device);
  const visitor = new PageClient(origin());
  assert.equal((await visitor.send('POST', '/session/passkey/finish', answer)).status, 200);
  assert.equal(await refused(answer), 'invalid-argument', 'a challenge serves once');
  const { challenge } = await answerOf(device);
  assert.equal(await refused({ challenge, credential: answer['credential'] }), 'login-refused');
  // A copy of the device would count less than the device has.
  device.counter = 0;
  assert.equal(await refused(await answerOf(device)), 'login-refused');
  for (const body of [
    {},
    { challenge: 'x' },
    { challenge: 'x', credential: 'y' },
    { challenge: 'x', credential: {} },
  ])
    assert.equal(await refused(body), 'invalid-argument', JSON.stringify(body));
});

test('only who is logged in adds a passkey, with an answer to their own question, and not at a bare address', async () => {
  const device = new SoftAuthenticator();
  const nobody = new PageClient(origin());
  assert.equal(await nobody.refusal('POST', '/passkeys/begin'), 'login-refused');
  assert.equal(await nobody.refusal('GET', '/passkeys'), 'login-refused');
  const [anna, otto] = [await logIn(), await logIn('otto')];
  assert.equal(
    await anna.refusal('POST', '/passkeys/begin', undefined, { 'x-wherry-csrf': '' }),
    'permission',
  );
  const { challenge, options } = await anna.call('POST', '/passkeys/begin');
  const finish = (page: PageClient, from: string): Promise<string> =>
    page.refusal('POST', '/passkeys/finish', {
      challenge,
      name: 'x',
      credential: device.create(options as Json, from),
    });
  assert.equal(await finish(otto, origin()), 'invalid-argument');
  assert.equal(await finish(anna, origin()), 'invalid-argument', 'the question was used up by another');
  const again = await anna.call('POST', '/passkeys/begin');
  const credential = device.create(again['options'] as Json, 'https://evil.example');
  const forged = { challenge: again['challenge'], name: 'x', credential };
  assert.equal(await anna.refusal('POST', '/passkeys/finish', forged), 'invalid-argument');
  await addPasskey(anna, device);
  const bare = await logInAt(`http://127.0.0.1:${server.port('http')}`, 'anna', 'secret');
  assert.equal(((await bare.call('GET', '/session'))['features'] as Json)['passkeys'], false);
  assert.equal(await bare.refusal('POST', '/passkeys/begin'), 'not-supported');
});

test('what the page keeps is kept for the account, also over a restart of the page', async () => {
  const page = await logIn();
  assert.deepEqual(await page.call('GET', '/preferences'), {});
  const kept = { page: { theme: 'dark', columns: ['name', 'size'] } };
  assert.deepEqual(await page.call('PUT', '/preferences', kept), kept);
  assert.deepEqual(await (await logIn()).call('GET', '/preferences'), kept);
  assert.deepEqual(await (await logIn('otto')).call('GET', '/preferences'), {});
  const large = { page: { text: 'x'.repeat(300_000) } };
  assert.equal(await page.refusal('PUT', '/preferences', large), 'too-large');
});

test('an account that makes one-time codes is asked for one, which serves once', async () => {
  const { body } = await send(server, '/api/v1/users/otto/one-time-codes', { method: 'POST', body: {} });
  const secret = new Secret((body as { readonly secret: string }).secret);
  const code = (): string => codeAt(secret, stepAt(Date.now()));
  const login = async (): Promise<string> => {
    const reply = await new PageClient(origin()).call('POST', '/session/login', {
      user: 'otto',
      password: 'secret',
    });
    assert.equal(reply['outcome'], 'code');
    return String(reply['challenge']);
  };
  const finish = async (challenge: string, given: string): Promise<Response> =>
    new PageClient(origin()).send('POST', '/session/code', { challenge, code: given });
  const challenge = await login();
  const used = code();
  const page = await takeLogin(new PageClient(origin()), await finish(challenge, used));
  assert.equal(((await page.call('GET', '/session'))['user'] as Json)['name'], 'otto');
  assert.equal((await finish(challenge, used)).status, 401, 'the challenge was used');
  assert.equal((await finish(await login(), used)).status, 401, 'the code was used');
  assert.equal((await finish(await login(), '000000')).status, 401);
  assert.equal((await finish('nonsense', used)).status, 401);
});
