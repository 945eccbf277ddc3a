import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ConversationLine } from '#core/connection.ts';
import { Secret } from '#core/secret.ts';
import { openSshSite } from '#protocols/ssh/client/open-site.ts';
import type { HostKeyQuestion, SshSiteOptions } from '#protocols/ssh/client/site-options.ts';
import { formatKnownHost, knownHostName, parseKnownHosts } from '#protocols/ssh/keys/known-hosts.ts';
import { generatePrivateKey } from '#protocols/ssh/keys/private-key.ts';
import { dial, hostKeys, listen, serverOptions, testPassword, testUser } from './ssh-fixture.ts';

function site(port: number, changes: Partial<SshSiteOptions> = {}): SshSiteOptions {
  return {
    host: '127.0.0.1',
    port,
    user: testUser,
    credentials: [{ kind: 'password', password: new Secret(testPassword) }],
    ...changes,
  };
}

const ed25519 = hostKeys.find(({ publicKey }) => publicKey.type === 'ssh-ed25519');

test('only known keys are trusted where nobody decides, and each verdict is told to whoever does', async (t) => {
  const { port } = await listen(t, serverOptions());
  const name = knownHostName('127.0.0.1', port);
  assert.ok(ed25519);
  const right = formatKnownHost(name, ed25519.publicKey, true);
  const wrong = formatKnownHost(name, (await generatePrivateKey('ed25519')).publicKey);
  for (const [text, verdict, trusted] of [
    ['', 'unknown', false],
    [right, 'known', true],
    [wrong, 'changed', false],
    [`${right}\n@revoked ${right}`, 'revoked', false],
  ] as const) {
    const knownHosts = parseKnownHosts(text);
    const connecting = openSshSite(site(port, { knownHosts }));
    if (trusted) (await connecting).ssh.close();
    else await assert.rejects(connecting, { code: 'not-trusted' });
    const asked: HostKeyQuestion[] = [];
    const judged = openSshSite(
      site(port, {
        knownHosts,
        judgeHostKey: (question) => {
          asked.push(question);
          return true;
        },
      }),
    );
    if (verdict === 'revoked') {
      await assert.rejects(judged, { code: 'not-trusted' });
      assert.equal(asked.length, 0);
      continue;
    }
    (await judged).ssh.close();
    assert.equal(asked[0]?.verdict, verdict);
    assert.match(asked[0]?.fingerprint ?? '', /^SHA256:/);
    assert.equal(asked[0]?.knownHostsLine, formatKnownHost(name, ed25519.publicKey));
  }
});

test('a dialer opens the connection, and a site that refuses, is silent or unknown says so', async (t) => {
  const { port } = await listen(t, serverOptions());
  const asked: string[] = [];
  const opened = await openSshSite(
    site(22, {
      host: 'far.example',
      judgeHostKey: () => true,
      dialer: {
        dial(target) {
          asked.push(`${target.host}:${target.port}`);
          return dial(t, port);
        },
      },
    }),
  );
  opened.ssh.close();
  assert.deepEqual(asked, ['far.example:22']);
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port: nobody } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  await assert.rejects(openSshSite(site(nobody)), { code: 'connection-refused' });
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port: mute } = silent.address() as AddressInfo;
  await assert.rejects(openSshSite(site(mute, { connectTimeoutMs: 100 })), { code: 'timeout' });
  await assert.rejects(openSshSite(site(mute, { signal: AbortSignal.timeout(50) })), { code: 'aborted' });
});

test('the conversation tells server, algorithms, key and login in words, and no secret', async (t) => {
  const { port } = await listen(t, serverOptions({ banner: 'be careful' }));
  const lines: ConversationLine[] = [];
  const opened = await openSshSite(
    site(port, { judgeHostKey: () => true, onConversation: (line) => lines.push(line) }),
  );
  opened.ssh.close();
  const text = lines.map((line) => line.text).join('\n');
  for (const expected of [
    /The server is/,
    /Agreed on SSH mlkem/,
    /host key is ssh-ed25519 SHA256:/,
    /be careful/,
    /Login by password: accepted/,
  ]) {
    assert.match(text, expected);
  }
  assert.ok(!text.includes(testPassword));
});
