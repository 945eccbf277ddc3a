import assert from 'node:assert/strict';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { fixedAccounts } from '#accounts/index.ts';
import type { Accounts, LoginAttempt } from '#core/authentication.ts';
import { Secret } from '#core/secret.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import type { TestServer } from './harness.ts';
import { makeTls, scratchDirectory, startTlsServer, TlsClient, versions } from './tls-harness.ts';

/** A certificate signed by itself, with its key, in PEM. */
async function makeClientCertificate(name: string): Promise<string> {
  await import('@abraham/reflection');
  const { BasicConstraintsExtension, X509CertificateGenerator } = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: `CN=${name}`,
      signingAlgorithm: algorithm,
      keys,
      extensions: [new BasicConstraintsExtension(true)],
    },
    webcrypto,
  );
  const key = createPrivateKey({
    key: Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
    format: 'der',
    type: 'pkcs8',
  });
  return `${certificate.toString('pem')}\n${key.export({ type: 'pkcs8', format: 'pem' })}`;
}

const password = 'wonder land';

/** Accounts that take a certificate by its common name: of `anna` alone, of `twice` with the password on top. */
function certificateAccounts(): Accounts {
  const fileSystem = new MemoryFileSystem();
  const known = fixedAccounts(['anna', 'twice', 'alice'].map((name) => ({ name, password, fileSystem })));
  const byPassword = (attempt: LoginAttempt, signal: AbortSignal) =>
    known.authenticate(
      { ...attempt, credential: { kind: 'password', password: new Secret(password) } },
      signal,
    );
  return {
    authenticate: async (attempt, signal) => {
      const { user, credential, previous } = attempt;
      if (credential.kind === 'certificate') {
        if (!credential.commonNames.includes(user)) return { outcome: 'refused', reason: 'not this user’s' };
        assert.match(credential.fingerprintSha256, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/u);
        return user === 'anna' ? byPassword(attempt, signal) : { outcome: 'more', wanted: ['password'] };
      }
      if (user === 'twice' && previous.length === 0) return { outcome: 'refused', reason: 'no certificate' };
      return known.authenticate(attempt, signal);
    },
  };
}

interface Setting {
  readonly fixture: TestServer;
  /** Certificates of the users, signed by whom the server trusts. */
  readonly own: Readonly<Record<'anna' | 'twice', ConnectionOptions>>;
  /** A certificate that nobody vouches for. */
  readonly foreign: ConnectionOptions;
}

async function start(clientCertificates: 'optional' | 'required'): Promise<Setting> {
  const [anna, twice, foreign] = await Promise.all(['anna', 'twice', 'anna'].map(makeClientCertificate));
  const clientAuthority = join(await scratchDirectory(), 'clients.pem');
  await writeFile(clientAuthority, `${anna}${twice}`);
  const tls = await makeTls({ clientCertificates, clientAuthority });
  const fixture = await startTlsServer({ tls, accounts: certificateAccounts(), tlsSessionReuse: 'require' });
  const options = (pem = ''): ConnectionOptions => ({ cert: pem, key: pem });
  return {
    fixture,
    own: { anna: options(anna), twice: options(twice) },
    foreign: options(foreign),
  };
}

for (const version of versions) {
  test(`AUTH TLS with a certificate and USER log in with 232 (${version})`, async () => {
    const { fixture, own } = await start('optional');
    await using server = fixture;
    const client = await TlsClient.secure(await server.connect(), version, own.anna);
    await client.raw.command('USER anna', 232);
    await client.raw.command('PWD', 257);
    await client.raw.command('PBSZ 0', 200);
    await client.raw.command('PROT P', 200);
    await client.raw.command('TYPE I', 200);
    assert.equal(await client.upload('STOR f', Buffer.from('content')), 226);
    assert.equal((await client.download('RETR f')).toString(), 'content');
    const told = await server.event(({ event }) => event === 'login-accepted');
    assert.ok(told.event === 'login-accepted' && told.method === 'certificate');
  });

  test(`a certificate of somebody else does not log in, a password still does (${version})`, async () => {
    const { fixture, own } = await start('optional');
    await using server = fixture;
    const client = await TlsClient.secure(await server.connect(), version, own.anna);
    await client.raw.command('USER alice', 331);
    await client.raw.command('PWD', 530);
    await client.raw.command(`PASS ${password}`, 230);
  });

  test(`a certificate that nobody vouches for is as good as none (${version})`, async () => {
    const { fixture, foreign } = await start('optional');
    await using server = fixture;
    const client = await TlsClient.secure(await server.connect(), version, foreign);
    await client.raw.command('USER anna', 331);
    await client.raw.command('PWD', 530);
  });

  test(`a certificate may be demanded beside the password (${version})`, async () => {
    const { fixture, own } = await start('optional');
    await using server = fixture;
    const client = await TlsClient.secure(await server.connect(), version, own.twice);
    await client.raw.command('USER twice', 331);
    await client.raw.command(`PASS ${password}`, 230);
    const bare = await TlsClient.secure(await server.connect(), version);
    await bare.raw.command('USER twice', 331);
    await bare.raw.command(`PASS ${password}`, 530);
  });

  test(`where certificates are required nobody comes in without a good one (${version})`, async () => {
    const { fixture, own, foreign } = await start('required');
    await using server = fixture;
    for (const options of [{}, foreign]) {
      const raw = await server.connect();
      const came = await TlsClient.secure(raw, version, options).then(
        // With TLS 1.3 the client learns of the refusal with its first read.
        async (client) =>
          client.raw.command('NOOP').then(
            () => true,
            () => false,
          ),
        () => false,
      );
      assert.equal(came, false);
    }
    const client = await TlsClient.secure(await server.connect(), version, own.anna);
    await client.raw.command('USER anna', 232);
    const clear = await server.connect();
    await clear.command('NOOP', 200);
  });
}
