import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { noSsh, scratch, startWherry } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { ScriptedServer, sends } from '#test/ftp-client/scripted-server.ts';
import { wherryOf } from './run-wherry.ts';

/** A certificate for 127.0.0.1 and its key, made by openssl; gives the names of the files. */
function makeCertificate(t: TestContext, name: string): { readonly cert: string; readonly key: string } {
  const directory = scratch(t);
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ');
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
}

test('--ca, --pin and --tls decide whom TLS trusts', async (t) => {
  const server = await startWherry(t, { words: ['--user', 'alice:wonderland', ...noSsh] });
  writeFileSync(join(server.directory, 'there'), 'x');
  const run = wherryOf(t);
  const ca = join(server.dataDirectory, 'tls-self-made.pem');
  const pin = new X509Certificate(readFileSync(ca)).fingerprint256;
  const environment = { WHERRY_PASSWORD: 'wonderland' };
  for (const scheme of ['ftp', 'ftpes', 'ftps'] as const) {
    const port = server.port(scheme === 'ftps' ? 'ftps' : 'ftp');
    const list = async (...words: readonly string[]): Promise<number | null> =>
      (await run(['ls', ...words, `${scheme}://alice@127.0.0.1:${port}/`], { environment })).code;
    assert.equal(await list('--ca', ca), 0, scheme);
    assert.equal(await list('--pin', pin), 0, scheme);
    assert.equal(await list('--pin', pin.replaceAll(':', '').toLowerCase()), 0, scheme);
    assert.equal(await list('--tls', 'off'), scheme === 'ftp' ? 0 : 6, scheme);
  }
});

test('a host key is pinned by the fingerprint that is shown', async (t) => {
  const served = await serve(t);
  const run = wherryOf(t);
  const words = ['ls', '--retries', '0', '--known-hosts', '/dev/null'];
  const { errors } = await run([...words, served.address('sftp')]);
  const [fingerprint = ''] = /SHA256:[\w+/]+/u.exec(errors) ?? [];
  assert.equal((await run([...words, '--pin', fingerprint, served.address('sftp')])).code, 0);
  const other = `SHA256:${'A'.repeat(43)}`;
  assert.equal((await run([...words, '--pin', other, served.address('sftp')])).code, 6);
});

test('--cert and --key show who calls', async (t) => {
  const [own, caller] = [makeCertificate(t, 'server'), makeCertificate(t, 'caller')];
  const callers: string[] = [];
  const server = createTlsServer(
    {
      cert: readFileSync(own.cert),
      key: readFileSync(own.key),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      socket.on('error', () => undefined);
      callers.push(String(socket.getPeerCertificate().subject?.CN));
      socket.end('421 That was all\r\n');
    },
  ).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const words = ['ls', '--retries', '0', '--ca', own.cert, `ftps://127.0.0.1:${port}/`];
  const { code } = await wherryOf(t)([...words, '--cert', caller.cert, '--key', caller.key]);
  assert.equal(code, 3);
  assert.deepEqual(callers, ['caller']);
});

test('--active has the server call, --verbose tells all of it but secrets', async (t) => {
  const served = await serve(t);
  const run = wherryOf(t);
  const words = ['ls', '--insecure', '--verbose'];
  for (const [flags, verbs] of [
    [['--active'], /^> (?:EPRT|PORT) /mu],
    [['--passive'], /^> (?:EPSV|PASV)$/mu],
    [[], /^> (?:EPSV|PASV)$/mu],
  ] as const) {
    const { code, errors, output } = await run([...words, ...flags, served.address('ftp')]);
    assert.equal(code, 0, errors);
    assert.match(errors, verbs);
    assert.match(errors, /^> PASS \*+$/mu);
    assert.match(errors, /^< 230 /mu);
    assert.doesNotMatch(errors + output, /wonder/u);
  }
  const both = await run(['ls', '--active', '--passive', served.address('ftp')]);
  assert.equal(both.code, 2);
  assert.match(both.errors, /--active and --passive exclude each other/u);
  const { errors } = await run(['ls', '--host-keys', 'off', '--verbose', served.address('sftp')]);
  assert.doesNotMatch(errors, /wonder/u);
});

test('--ipv4 and --ipv6 keep to their kind of address', async (t) => {
  const served = await serve(t);
  const run = wherryOf(t);
  const words = ['ls', '--insecure', '--retries', '0'];
  assert.equal((await run([...words, '--ipv4', served.address('ftp')])).code, 0);
  assert.equal((await run([...words, '--ipv6', served.address('ftp')])).code, 2);
});

test('--charset gives names of old servers their letters, and gives them back', async (t) => {
  await using old = await ScriptedServer.start({
    scripts: {
      FEAT: () => '500 What?\r\n',
      CWD: () => '250 Here\r\n',
      LIST: sends(Buffer.from('-rw-r--r-- 1 ftp ftp 5 Jan 02 2020 caf\u00e9.txt\r\n', 'latin1')),
      RETR: sends('found'),
    },
  });
  const run = wherryOf(t);
  const address = `ftp://u:p@127.0.0.1:${old.port}/`;
  const words = ['--tls', 'off', '--charset', 'latin1'];
  assert.equal((await run(['ls', ...words, address])).output, 'café.txt\n');
  const got = await run(['get', ...words, '-o', '-', `${address}*.txt`]);
  assert.equal(got.output, 'found', got.errors);
  assert.ok(old.commands.includes('RETR /caf\u00e9.txt') || old.commands.includes('RETR caf\u00e9.txt'));
});

test('--proxy leads control and data connections through it, with its password', async (t) => {
  const served = await serve(t);
  await (await served.connect('ftp')).write('there', 'found');
  const asked: string[] = [];
  const proxy = createHttpServer();
  const sockets = new Set<Socket>();
  proxy.on('connect', ({ url = '', headers }, near: Socket) => {
    asked.push(String(headers['proxy-authorization']));
    const far = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Here you are\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = proxy.address() as AddressInfo;
  const words = ['cat', '--insecure', '--proxy', `http://me:pass@127.0.0.1:${port}`];
  const { output, errors } = await wherryOf(t)([...words, served.address('ftp', 'there')]);
  assert.equal(output, 'found', errors);
  assert.deepEqual(
    asked,
    Array.from({ length: 2 }, () => `Basic ${btoa('me:pass')}`),
  );
});

test('names and passwords come from the first that has them', async (t) => {
  const server = await startWherry(t, { words: ['--user', 'alice:wonderland', ...noSsh] });
  writeFileSync(join(server.directory, 'there'), 'x');
  const run = wherryOf(t);
  const file = join(scratch(t), 'password');
  const netrc = join(scratch(t), 'netrc');
  writeFileSync(file, 'wonderland\nnot this\n');
  writeFileSync(netrc, 'machine 127.0.0.1 login alice password wonderland\n', { mode: 0o600 });
  const place = `127.0.0.1:${server.port()}/there`;
  const right = { WHERRY_PASSWORD: 'wonderland' };
  const wrong = { WHERRY_PASSWORD: 'wrong' };
  const rows: readonly (readonly [
    words: readonly string[],
    environment: Record<string, string>,
    code: number,
  ])[] = [
    [[`ftp://alice@${place}`], right, 0],
    [[`ftp://alice@${place}`], wrong, 4],
    [['--password-file', file, `ftp://alice@${place}`], wrong, 0],
    [[`ftp://${place}`], { NETRC: netrc }, 0],
    [[`ftp://${place}`], {}, 4],
  ];
  for (const [words, environment, code] of rows) {
    const result = await run(['cat', '--tls', 'off', '--retries', '0', ...words], { environment });
    assert.equal(result.code, code, `${words.join(' ')}: ${result.errors}`);
  }
});
