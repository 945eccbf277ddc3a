import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { encodeName } from '#core/name-encoding.ts';
import { RawClient, startServer } from './harness.ts';
import { namesIn, parseExtendedPassive } from './helpers.ts';

for (const host of ['127.0.0.1', '::1']) {
  test(`A01 the greeting comes unasked and ends with "220 " (${host})`, async () => {
    await using fixture = await startServer({ host });
    const client = await RawClient.connect(host, fixture.port());
    const greeting = await client.expect(220);
    assert.match(greeting.lines.at(-1) ?? '', /^220 /);
    client.destroy();
  });
}

test('A02 a command octet by octet is one command', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  for (const octet of 'noop\r\n') {
    client.send(octet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.expect(200);
  await client.command('NOOP', 200);
  assert.equal(client.received, '');
});

test('A03 commands in one segment are answered in order', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  client.send('SYST\r\nNOOP\r\nUSER alice\r\n');
  await client.expect(215);
  await client.expect(200);
  await client.expect(331);
});

test('A03 a sequence of commands means the same however it is cut', async () => {
  await using fixture = await startServer();
  const line = 'USER alice\r\nPASS wonder land\r\nMKD a b\r\nPWD\r\nRMD a b\r\n';
  for (let cut = 1; cut < line.length; cut += 1) {
    const client = await fixture.connect();
    client.send(line.slice(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    client.send(line.slice(cut));
    for (const code of [331, 230, 257, 257, 250]) await client.expect(code);
    client.destroy();
  }
});

test('A04 a bare LF ends a command', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  client.send('USER x\n');
  await client.expect(331);
});

test('A05 a verb counts in any case', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('UsEr x', 331);
});

test('A06 a line beyond the limit is refused once, and the next one counts', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  client.send('X'.repeat(64 * 1024));
  client.send('\r\nNOOP\r\n');
  await client.expect(500);
  await client.expect(200);
  await client.command('NOOP', 200);
});

test('A07 unknown commands get 500, known ones that are not done 502 or 503', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('FROB x', 500);
  await client.command('MIC x', 502, 503);
  await client.command('ENC x', 502, 503);
  await client.command('CONF x', 502, 503);
});

test('A08 an empty line disturbs nothing', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('', 500);
  await client.command('   ', 500);
  await client.command('NOOP', 200);
});

test('A09 telnet options are refused, once each and without a loop', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  client.send('\xff\xfd\x01NOOP\r\n');
  const first = await client.reply();
  assert.equal(first.text, '\xff\xfc\x01200 OK\r\n');
  client.send('\xff\xfb\x03\xff\xfc\x01\xff\xfe\x01NOOP\r\n');
  assert.equal((await client.reply()).text, '\xff\xfe\x03200 OK\r\n');
  client.send('\xff\xfa\x18\x01anything\xff\xf0NOOP\r\n');
  assert.equal((await client.reply()).text, '200 OK\r\n');
});

test('A10 the telnet octets before an idle ABOR are no part of it', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  for (const prefix of ['\xff\xf4\xff\xf2', '\xff\xf4\xff', '\xff\xf4\xf2', '\xff\xf4', '\xf2']) {
    client.send(`${prefix}ABOR\r\n`);
    await client.expect(225, 226);
  }
  await client.command('NOOP', 200);
  assert.equal(client.received, '');
});

test('A13 a doubled IAC is one octet of the name, and is doubled again in the reply', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const made = await client.command('MKD a\xff\xffb', 257);
  assert.match(made.text, /^257 "\/a\xff\xffb"/);
  const names = await namesIn(fixture.fileSystem);
  assert.deepEqual(
    names.map((name) => encodeName(name).toString('latin1')),
    ['a\xffb'],
  );
  await client.command('NOOP', 200);
});

test('A14 a name with a CR is refused, and the next command counts', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const data = await client.passive();
  const refused = await client.command('STOR a\r\0b', 501, 553);
  assert.doesNotMatch(refused.lines.join(''), /\r/);
  await client.command('MKD c\r\0', 501, 553);
  await client.command('NOOP', 200);
  assert.deepEqual(await namesIn(fixture.fileSystem), []);
  data.destroy();
});

test('A15 a NUL in a command is refused', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('CWD x\0y', 501, 550);
  await client.command('MKD \0', 501, 550);
  await client.command('NO\0OP', 500, 501);
  await client.command('NOOP', 200);
});

test('A16 replies of several lines cannot be mistaken for others', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD 211 x', 257);
  await client.command('MKD 213 y', 257);
  for (const command of ['FEAT', 'HELP', 'HELP STOR', 'STAT', 'STAT -a /', 'SITE HELP', 'MLST 211 x']) {
    const { code, lines } = await client.command(command);
    const last = lines.at(-1) ?? '';
    assert.ok(last.startsWith(`${code} `), `${command}: ${last}`);
    if (lines.length > 1) assert.ok(lines[0]?.startsWith(`${code}-`), command);
    for (const line of lines.slice(1, -1)) assert.doesNotMatch(line, /^\d{3}/, command);
  }
  assert.equal(client.received, '');
});

test('A17 an idle client is told 421, then FIN', async () => {
  await using fixture = await startServer({ timeouts: { idleMs: 60 } });
  const client = await fixture.login();
  await client.expect(421);
  assert.equal(await client.end(), '');
});

test('A17 a client that asks something is not idle', async () => {
  await using fixture = await startServer({ timeouts: { idleMs: 300 } });
  const client = await fixture.login();
  const until = performance.now() + 600;
  while (performance.now() < until) await client.command('NOOP', 200);
  await client.expect(421);
});

test('A18 a connection too many is told 421 and closed without a reset', async () => {
  await using fixture = await startServer({ limits: { perAddress: 1 } });
  const first = await fixture.connect();
  const second = await RawClient.connect(fixture.host, fixture.port());
  let failure: Error | null = null;
  second.socket.on('error', (error) => (failure = error));
  second.send('USER alice\r\nPASS wonder land\r\n');
  await second.expect(421);
  assert.equal(await second.end(), '');
  second.destroy();
  assert.equal(failure, null);
  await first.command('QUIT', 221);
  await fixture.event(({ event }) => event === 'session-closed');
  const third = await fixture.connect();
  await third.command('NOOP', 200);
});

test('A18 a server that is full tells 421', async () => {
  await using fixture = await startServer({ limits: { total: 2 } });
  await fixture.connect();
  await fixture.connect();
  const third = await RawClient.connect(fixture.host, fixture.port());
  await third.expect(421);
  third.destroy();
});

for (const request of [
  'GET / HTTP/1.1',
  'POST /upload HTTP/1.1',
  'OPTIONS * HTTP/1.0',
  'EHLO evil',
  'SSH-2.0-x',
]) {
  test(`A19 ${request}: the connection is closed without an answer`, async () => {
    await using fixture = await startServer();
    const client = await fixture.connect();
    client.send(`${request}\r\nHost: x\r\nUSER alice\r\nPASS wonder land\r\nMKD forged\r\n\r\n`);
    assert.equal(await client.end(), '');
    await fixture.event(({ event }) => event === 'session-closed');
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });
}

test('A22 QUIT is answered with 221, then FIN, and nothing behind it is done', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  client.send('QUIT\r\nMKD late\r\nNOOP\r\n');
  await client.expect(221);
  assert.equal(await client.end(), '');
  assert.deepEqual(await namesIn(fixture.fileSystem), []);
});

test('A22 QUIT gives the passive port back', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const port = parseExtendedPassive((await client.command('EPSV', 229)).text);
  await client.command('QUIT', 221);
  await client.end();
  const late = await RawClient.connect(fixture.host, port).catch((error: unknown) => error);
  assert.equal((late as { code?: string }).code, 'ECONNREFUSED');
});

test('A24 a client that vanishes is forgotten at once', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const gone = once(client.socket, 'close');
  client.socket.resetAndDestroy();
  await gone;
  await fixture.event(({ event }) => event === 'session-closed');
  assert.equal(fixture.server.sessions.size, 0);
});
