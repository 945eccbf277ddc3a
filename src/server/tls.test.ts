import assert from 'node:assert/strict';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { connect } from 'node:tls';
import type { SessionTls, TlsProvider } from '#protocols/ftp/server/options.ts';
import { acceptTls } from '#protocols/ftp/server/tls/server-handshake.ts';
import { loadCertificates } from './certificates.ts';
import { createControlTls } from './control-tls.ts';
import { ensureSelfMadeCertificate } from './self-made-certificate.ts';
import { openTls } from './tls.ts';

const dayMs = 86_400_000;

async function temporaryDirectory(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'wherry-tls-'));
  context.after(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function makeCertificate(directory: string, name: string, hosts: readonly string[] = []) {
  const file = join(directory, `${name}.pem`);
  await ensureSelfMadeCertificate({ file, hosts });
  return { certificateFile: file, keyFile: file };
}

test('the first start makes a certificate for the names of this host, the next ones keep it', async (context) => {
  const dataDirectory = join(await temporaryDirectory(context), 'data');
  const first = await openTls({ dataDirectory, hosts: ['ftp.example.org', '192.0.2.1', 'not a name'] });
  const second = await openTls({ dataDirectory });
  assert.equal(first.fingerprint, second.fingerprint);
  const [file = '', ...others] = await readdir(dataDirectory);
  assert.deepEqual(others, []);
  assert.equal((await stat(join(dataDirectory, file))).mode & 0o777, 0o600);
  const certificate = new X509Certificate(await readFile(join(dataDirectory, file)));
  assert.equal(certificate.fingerprint256, first.fingerprint);
  for (const host of ['localhost', 'ftp.example.org', hostname()])
    assert.ok(certificate.checkHost(host), host);
  for (const address of ['127.0.0.1', '::1', '192.0.2.1']) assert.ok(certificate.checkIP(address), address);
  assert.ok(!certificate.ca);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / dayMs;
  assert.ok(days > 800 && days <= 825);
});

test('a self-made certificate that ends soon is renewed with the same key', async (context) => {
  const file = join(await temporaryDirectory(context), 'c.pem');
  const now = Date.now();
  assert.equal(await ensureSelfMadeCertificate({ file, now }), true);
  const before = new X509Certificate(await readFile(file));
  assert.equal(await ensureSelfMadeCertificate({ file, now: now + 700 * dayMs }), false);
  assert.equal(await ensureSelfMadeCertificate({ file, now: now + 780 * dayMs }), true);
  const after = new X509Certificate(await readFile(file));
  assert.notEqual(after.fingerprint256, before.fingerprint256);
  assert.ok(after.publicKey.equals(before.publicKey));
  assert.ok(after.validToDate.getTime() > now + 1500 * dayMs);
  await loadCertificates([{ certificateFile: file, keyFile: file }]);
});

test('a certificate that cannot be made says so by a neutral code', async (context) => {
  const directory = await temporaryDirectory(context);
  await writeFile(join(directory, 'file'), '');
  const file = join(directory, 'file', 'c.pem');
  await assert.rejects(ensureSelfMadeCertificate({ file }), { code: 'not-directory' });
});

test('what is no certificate, no key, or another key is refused', async (context) => {
  const directory = await temporaryDirectory(context);
  const a = await makeCertificate(directory, 'a');
  const b = await makeCertificate(directory, 'b');
  const rubbish = join(directory, 'rubbish.pem');
  const damaged = join(directory, 'damaged.pem');
  await writeFile(rubbish, 'rubbish');
  await writeFile(damaged, (await readFile(a.certificateFile, 'latin1')).replaceAll('MI', 'AA'));
  const missing = join(directory, 'missing.pem');
  for (const files of [
    { ...a, keyFile: b.keyFile },
    { ...a, certificateFile: rubbish },
    { ...a, keyFile: rubbish },
    { certificateFile: damaged, keyFile: damaged },
  ]) {
    await assert.rejects(loadCertificates([a, files]), { code: 'invalid-argument' });
  }
  await assert.rejects(loadCertificates([{ ...a, keyFile: missing }]), (error: Error & { code?: string }) => {
    return error.code === 'not-found' && !error.message.includes('missing');
  });
  await assert.rejects(loadCertificates([]), { code: 'invalid-argument' });
});

test('a reload takes new files, and keeps the old certificates when they are broken', async (context) => {
  const directory = await temporaryDirectory(context);
  const first = await makeCertificate(directory, 'first');
  const second = await makeCertificate(directory, 'second');
  const used = join(directory, 'used.pem');
  await copyFile(first.certificateFile, used);
  const problems: string[] = [];
  const tls = await openTls({
    dataDirectory: directory,
    certificates: [{ certificateFile: used, keyFile: used }],
    onProblem: (message) => void problems.push(message),
  });
  const before = tls.fingerprint;
  await writeFile(used, 'broken');
  assert.equal(await tls.reload(), false);
  assert.equal(tls.fingerprint, before);
  assert.equal(problems.length, 1);
  assert.ok(!problems[0]?.includes(directory));
  await copyFile(second.certificateFile, used);
  assert.equal(await tls.reload(), true);
  assert.notEqual(tls.fingerprint, before);
  assert.equal(problems.length, 1);
});

/** A listener that performs handshakes for whichever session is set, and tells what came of each. */
async function listen(context: TestContext, provider: TlsProvider) {
  const state: { session: SessionTls } = { session: provider.createSessionTls() };
  const outcomes: (boolean | string)[] = [];
  const server: Server = createServer((transport) => {
    const { clientCertificates } = provider;
    acceptTls(transport, { tls: state.session, clientCertificates, timeoutMs: 10_000 }).then(
      ({ socket }) => {
        outcomes.push(socket.isSessionReused());
        socket.end('hello');
      },
      (error: { code?: string }) => void outcomes.push(error.code ?? 'error'),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { state, outcomes, port: address.port };
}

/** Connects, reads to the end and gives the session, the certificate and the protocol that was agreed on. */
async function handshake(port: number, options: ConnectionOptions = {}) {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    rejectUnauthorized: false,
    ...options,
  });
  let session: Buffer | undefined;
  socket.on('session', (newest) => (session = newest));
  const agreed = once(socket, 'secureConnect').then(() => ({
    fingerprint: socket.getPeerX509Certificate()?.fingerprint256,
    application: socket.alpnProtocol,
    protocol: socket.getProtocol(),
  }));
  try {
    const [facts] = await Promise.all([agreed, once(socket.resume(), 'close')]);
    return { ...facts, session };
  } finally {
    socket.destroy();
  }
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const servername of ['localhost', 'other.example']) {
    test(`${version} for ${servername}: a session is resumed by its own client only`, async (context) => {
      const directory = await temporaryDirectory(context);
      const files = [
        await makeCertificate(directory, 'a'),
        await makeCertificate(directory, 'b', ['other.example']),
      ];
      const certificates = await loadCertificates(files);
      const provider = createControlTls({ certificates: () => certificates });
      const { state, outcomes, port } = await listen(context, provider);
      const mine = state.session;
      const options = { maxVersion: version, servername };
      const { session } = await handshake(port, options);
      assert.ok(session !== undefined);
      await handshake(port, { ...options, session });
      state.session = provider.createSessionTls();
      await handshake(port, { ...options, session });
      state.session = mine;
      const again = await handshake(port, { ...options, session });
      assert.deepEqual(outcomes, [false, true, false, true]);
      assert.equal(again.protocol, version);
    });
  }
}

test('a client gets the certificate of the host that it names, else the first', async (context) => {
  const directory = await temporaryDirectory(context);
  const names = ['first.example', '*.second.example'];
  const files = await Promise.all(
    names.map(async (name, index) => makeCertificate(directory, `${index}`, [name])),
  );
  const certificates = await loadCertificates(files);
  const provider = createControlTls({ certificates: () => certificates });
  const { port } = await listen(context, provider);
  const [first, second] = certificates.entries.map(({ fingerprintSha256 }) => fingerprintSha256);
  for (const [servername, expected] of [
    ['first.example', first],
    ['www.second.example', second],
    ['second.example', first],
    ['unknown.example', first],
    ['', first],
  ] as const) {
    assert.equal((await handshake(port, { servername })).fingerprint, expected, servername);
  }
});

test('old versions and browsers are refused, clients of FTP and those that say nothing are not', async (context) => {
  const directory = await temporaryDirectory(context);
  const { provider } = await openTls({ dataDirectory: directory });
  const { port } = await listen(context, provider);
  for (const refused of [
    { ALPNProtocols: ['h2', 'http/1.1'] },
    { ALPNProtocols: ['http/1.1'] },
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    { ciphers: 'AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' },
  ] as const) {
    const options = 'ALPNProtocols' in refused ? { ALPNProtocols: [...refused.ALPNProtocols] } : refused;
    await assert.rejects(handshake(port, options), JSON.stringify(refused));
  }
  assert.equal((await handshake(port, { ALPNProtocols: ['ftp'] })).application, 'ftp');
  assert.equal((await handshake(port)).application, false);
});

/** A client certificate that is its own authority, with its key. */
async function makeClientCertificate(): Promise<string> {
  await import('@abraham/reflection');
  const { BasicConstraintsExtension, X509CertificateGenerator } = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const extensions = [new BasicConstraintsExtension(true)];
  const certificate = await X509CertificateGenerator.createSelfSigned(
    { serialNumber: '01', name: 'CN=anna', signingAlgorithm: algorithm, keys, extensions },
    webcrypto,
  );
  const key = createPrivateKey({
    key: Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
    format: 'der',
    type: 'pkcs8',
  });
  return `${certificate.toString('pem')}\n${key.export({ type: 'pkcs8', format: 'pem' })}`;
}

test('clients with a certificate resume too, and those without one are refused where it is required', async (context) => {
  const directory = await temporaryDirectory(context);
  const pem = await makeClientCertificate();
  const clientAuthority = join(directory, 'clients.pem');
  await writeFile(clientAuthority, pem);
  const { provider } = await openTls({
    dataDirectory: directory,
    clientCertificates: 'required',
    clientAuthority,
  });
  const { outcomes, port } = await listen(context, provider);
  const own = { cert: pem, key: pem, maxVersion: 'TLSv1.2' } as const;
  const { session } = await handshake(port, own);
  assert.ok(session !== undefined);
  await handshake(port, { ...own, session });
  assert.deepEqual(outcomes, [false, true]);
  await assert.rejects(handshake(port, { maxVersion: 'TLSv1.2' }));
});

test('without an authority any certificate is taken where one is required, and none is not', async (context) => {
  const directory = await temporaryDirectory(context);
  const pem = await makeClientCertificate();
  const { provider } = await openTls({ dataDirectory: directory, clientCertificates: 'required' });
  const { outcomes, port } = await listen(context, provider);
  await handshake(port, { cert: pem, key: pem, maxVersion: 'TLSv1.2' });
  assert.deepEqual(outcomes, [false]);
  await assert.rejects(handshake(port, { maxVersion: 'TLSv1.2' }));
});

test('a certificate of another authority is refused where one is required', async (context) => {
  const directory = await temporaryDirectory(context);
  const clientAuthority = join(directory, 'clients.pem');
  await writeFile(clientAuthority, await makeClientCertificate());
  const { provider } = await openTls({
    dataDirectory: directory,
    clientCertificates: 'required',
    clientAuthority,
  });
  const { outcomes, port } = await listen(context, provider);
  const stranger = await makeClientCertificate();
  await assert.rejects(handshake(port, { cert: stranger, key: stranger, maxVersion: 'TLSv1.2' }));
  assert.deepEqual(outcomes, ['not-trusted']);
});
