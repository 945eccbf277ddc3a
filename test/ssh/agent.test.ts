import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Secret } from '#core/secret.ts';
import { parseIdentities, socketAgent } from '#protocols/ssh/client/agent.ts';
import type { ClientCredential } from '#protocols/ssh/client/client-options.ts';
import { openSshSite, type SshSite } from '#protocols/ssh/client/open-site.ts';
import { generatePrivateKey } from '#protocols/ssh/keys/private-key.ts';
import { WireWriter } from '#protocols/ssh/wire/wire-writer.ts';
import { keyFile, missing, scratch } from './programs.ts';
import { listen, serverOptions, testUser } from './ssh-fixture.ts';

const skip = missing({ 'ssh-agent': 'openssh-client', 'ssh-add': 'openssh-client' });

/** An agent with these keys, gone after the test; its socket. */
async function startAgent(t: TestContext, files: readonly string[]): Promise<string> {
  const socket = join(scratch(t), 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => {
    agent.kill();
  });
  await once(agent.stdout, 'data');
  const environment = { ...process.env, SSH_AUTH_SOCK: socket };
  const added = spawnSync('ssh-add', ['-q', ...files], { env: environment });
  assert.equal(added.status, 0, added.stderr.toString());
  return socket;
}

async function logIn(
  t: TestContext,
  port: number,
  credentials: readonly ClientCredential[],
): Promise<{ readonly site: SshSite; readonly methods: readonly string[] }> {
  const methods: string[] = [];
  const site = await openSshSite({
    host: '127.0.0.1',
    port,
    user: testUser,
    credentials,
    judgeHostKey: () => true,
    onConversation: ({ text }) => {
      if (text.startsWith('Login by')) methods.push(text);
    },
  });
  t.after(() => {
    site.ssh.close();
  });
  return { site, methods };
}

for (const type of ['ed25519', 'rsa', 'ecdsa-nistp256'] as const) {
  test(
    `a key of type ${type} in ssh-agent logs in, behind one that the server does not know`,
    { skip },
    async (t) => {
      const directory = scratch(t);
      const [stranger, known] = [await keyFile(directory, 'ecdsa-nistp384'), await keyFile(directory, type)];
      const agent = socketAgent(await startAgent(t, [stranger, known]));
      const [, wanted] = await agent.identities(new AbortController().signal);
      const blob = wanted?.publicKey.blob ?? Buffer.alloc(0);
      const options = serverOptions();
      const { port } = await listen(t, {
        ...options,
        authenticator: {
          methods: ['publickey'],
          acceptsKey: (_user, { publicKey }) => publicKey.blob.equals(blob),
          authenticate: ({ user, credential }) =>
            credential.kind === 'public-key' && credential.publicKey.blob.equals(blob)
              ? { outcome: 'accepted', identity: user }
              : { outcome: 'refused', reason: 'unknown' },
        },
      });
      const { methods } = await logIn(t, port, [{ kind: 'agent', agent }]);
      assert.deepEqual(methods, ['Login by publickey: refused', 'Login by publickey: accepted']);
    },
  );
}

test('a certificate in ssh-agent is offered as one', { skip }, async (t) => {
  const directory = scratch(t);
  const [authority, user] = [await keyFile(directory, 'rsa'), await keyFile(directory, 'ed25519')];
  for (const words of [
    ['-y', '-f', user],
    ['-q', '-s', authority, '-I', 'id', '-n', testUser, user],
  ]) {
    const made = spawnSync('sh', [
      '-c',
      words[0] === '-y'
        ? `ssh-keygen -y -f ${user} > ${user}.pub`
        : `ssh-keygen ${words.map((word) => `'${word}'`).join(' ')}`,
    ]);
    assert.equal(made.status, 0, made.stderr.toString());
  }
  const agent = socketAgent(await startAgent(t, [user]));
  const identities = await agent.identities(new AbortController().signal);
  assert.deepEqual(
    identities.map(({ certified }) => certified),
    [false, true],
  );
  const options = serverOptions();
  const { port } = await listen(t, {
    ...options,
    authenticator: {
      methods: ['publickey'],
      authenticate: ({ user: name, credential }) =>
        credential.kind === 'public-key' && credential.certificate !== null
          ? { outcome: 'accepted', identity: name }
          : { outcome: 'refused', reason: 'no certificate' },
    },
  });
  const { methods } = await logIn(t, port, [{ kind: 'agent', agent }]);
  assert.equal(methods.at(-1), 'Login by publickey: accepted');
});

test('an agent that is not there is passed over', async (t) => {
  const { port } = await listen(t, serverOptions());
  const agent = socketAgent(join(scratch(t), 'nobody'));
  const { methods } = await logIn(t, port, [
    { kind: 'agent', agent },
    { kind: 'password', password: new Secret('right') },
  ]);
  assert.deepEqual(methods, ['Login by password: accepted']);
});

for (const [what, answer] of [
  ['an answer of impossible length', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ['an answer of no length', Buffer.alloc(4)],
  ['an answer that ends early', Buffer.from([0, 0, 0, 9, 12])],
] as const) {
  test(`an agent with ${what} is an error, not a hang`, async (t) => {
    const path = join(scratch(t), 'agent');
    const server = createServer((socket) => socket.end(answer)).listen(path);
    await once(server, 'listening');
    t.after(() => server.close());
    await assert.rejects(socketAgent(path).identities(new AbortController().signal), { name: 'WherryError' });
  });
}

test('keys of an agent that are malformed or of unknown kinds are left out', async () => {
  const good = (await generatePrivateKey('ed25519')).publicKey.blob;
  const answer = new WireWriter().byte(12).uint32(4);
  answer.string(good).string('good').string('sk-unknown').string('bad').string('').string('empty');
  answer.string(good.subarray(0, 20)).string('cut');
  const identities = parseIdentities(answer.finish());
  assert.deepEqual(
    identities.map(({ comment }) => comment),
    ['good'],
  );
});

test('a locked key is unlocked only after the server has taken its public half', async (t) => {
  const { port } = await listen(t, {
    ...serverOptions(),
    authenticator: {
      methods: ['publickey', 'password'],
      acceptsKey: () => false,
      authenticate: ({ user, credential }) =>
        credential.kind === 'password'
          ? { outcome: 'accepted', identity: user }
          : { outcome: 'refused', reason: 'unknown' },
    },
  });
  const key = await generatePrivateKey('ed25519');
  let unlocked = 0;
  const locked: ClientCredential = {
    kind: 'locked-key',
    publicKey: key.publicKey,
    unlock: () => {
      unlocked += 1;
      return key;
    },
  };
  await logIn(t, port, [locked, { kind: 'password', password: new Secret('any') }]);
  assert.equal(unlocked, 0);
  const open = await listen(t, serverOptions());
  await logIn(t, open.port, [locked]);
  assert.equal(unlocked, 1);
});
