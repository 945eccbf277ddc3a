import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { readAll } from './harness.ts';
import { namesIn, putFile } from './helpers.ts';
import { startTlsServer, TlsClient, versions } from './tls-harness.ts';

for (const version of versions) {
  test(`K10 16 a data connection with a session of its own gets 522 and not one octet (${version})`, async () => {
    await using fixture = await startTlsServer({ tlsSessionReuse: 'require' });
    await putFile(fixture.fileSystem, '/f', 'secret');
    const client = await TlsClient.login(fixture, version);
    for (const line of ['RETR f', 'LIST', 'STOR g']) {
      const plain = await client.dialPassive();
      await client.raw.command(line, 150);
      // With TLS 1.3 the client thinks that the handshake is through before the server has judged it.
      const received = await client
        .secureData(plain, { session: null })
        .then((tls) => readAll(tls))
        .catch(() => Buffer.alloc(0));
      assert.equal(received.length, 0);
      await client.raw.expect(522, 425);
      plain.destroy();
    }
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
    assert.equal((await client.download('RETR f')).toString(), 'secret');
  });

  test(`K11 17 a ticket of another control connection does not count (${version})`, async () => {
    await using fixture = await startTlsServer({ tlsSessionReuse: 'require' });
    await putFile(fixture.fileSystem, '/f', 'secret');
    const victim = await TlsClient.login(fixture, version);
    const thief = await TlsClient.login(fixture, version);
    const session = await thief.session();
    for (const line of ['RETR f', 'STOR g']) {
      const plain = await victim.dialPassive();
      await victim.raw.command(line, 150);
      const received = await thief
        .secureData(plain, { session })
        .then(async (tls) => {
          assert.equal(tls.isSessionReused(), false);
          return readAll(tls);
        })
        .catch((thrown: unknown) => {
          if (thrown instanceof assert.AssertionError) throw thrown;
          return Buffer.alloc(0);
        });
      assert.equal(received.length, 0);
      await victim.raw.expect(522, 425);
      plain.destroy();
    }
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
    assert.equal((await victim.download('RETR f')).toString(), 'secret');
    assert.equal((await thief.download('RETR f')).toString(), 'secret');
  });

  test(`K11 a ticket does not outlive its control connection (${version})`, async () => {
    await using fixture = await startTlsServer({ tlsSessionReuse: 'require' });
    await putFile(fixture.fileSystem, '/f', 'secret');
    const first = await TlsClient.login(fixture, version);
    const session = await first.session();
    await first.raw.command('QUIT', 221);
    const second = await TlsClient.login(fixture, version);
    const plain = await second.dialPassive();
    await second.raw.command('RETR f', 150);
    await second
      .secureData(plain, { session })
      .then((tls) => readAll(tls))
      .then((octets) => assert.equal(octets.length, 0))
      .catch((thrown: unknown) => {
        if (thrown instanceof assert.AssertionError) throw thrown;
      });
    await second.raw.expect(522, 425);
    plain.destroy();
  });

  test(`K12 one ticket serves fifty transfers in both directions (${version})`, async () => {
    await using fixture = await startTlsServer({ tlsSessionReuse: 'require' });
    const client = await TlsClient.login(fixture, version);
    const session = await client.session();
    for (let turn = 0; turn < 25; turn += 1) {
      const content = randomBytes(1000 + turn);
      assert.equal(await client.upload('STOR f', content, { session }), 226);
      assert.ok((await client.download('RETR f', { session })).equals(content));
    }
    const resumed = fixture.events.filter(
      (event) =>
        event.event === 'negotiated' && event.channel === 'data' && /resumed/u.test(event.description),
    );
    assert.equal(resumed.length, 50);
  });

  test(`K12 a ticket lives as long as TLS lets it, not five minutes (${version})`, async () => {
    await using fixture = await startTlsServer({ tlsSessionReuse: 'require' });
    const client = await TlsClient.login(fixture, version);
    const session = await client.session();
    // In the DER of a session the hint is field 9, an integer: seven days are 604,800 seconds.
    assert.ok(session.includes(Buffer.from('a9050203093a80', 'hex')));
  });

  for (const policy of ['prefer', 'off'] as const) {
    test(`with reuse at ${policy} clients that cannot resume are served (${version})`, async () => {
      await using fixture = await startTlsServer({ tlsSessionReuse: policy });
      const client = await TlsClient.login(fixture, version);
      const content = randomBytes(10_000);
      assert.equal(await client.upload('STOR f', content, { session: null }), 226);
      assert.ok((await client.download('RETR f', { session: null })).equals(content));
      assert.ok((await client.download('RETR f')).equals(content));
    });
  }

  test(`a refusal of a session that is not resumed tells the cure in the reply (${version})`, async () => {
    await using fixture = await startTlsServer({ tlsSessionReuse: 'require' });
    const client = await TlsClient.login(fixture, version);
    const plain = await client.dialPassive();
    await client.raw.command('LIST', 150);
    await client.secureData(plain, { session: null }).catch(() => undefined);
    assert.match((await client.raw.expect(522)).text, /resumed/u);
    plain.destroy();
  });
}
