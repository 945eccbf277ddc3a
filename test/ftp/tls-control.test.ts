import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { fixedAccounts } from '#accounts/index.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { dial, startServer } from './harness.ts';
import { clientHello, startTlsServer, Tap, TlsClient, versions } from './tls-harness.ts';

for (const mechanism of ['TLS', 'tls', 'SSL', 'TLS-C', 'TLS-P']) {
  test(`K01 AUTH ${mechanism} is answered with 234 and a handshake`, async () => {
    await using fixture = await startTlsServer();
    const client = await fixture.connect();
    await client.command(`AUTH ${mechanism}`, 234);
    await client.upgrade();
    await client.command('NOOP', 200);
    await client.command('AUTH TLS', 503);
  });
}

test('K01 other mechanisms are unknown, and none is there without a certificate', async () => {
  await using fixture = await startTlsServer();
  const client = await fixture.connect();
  await client.command('AUTH FOO', 504);
  await client.command('AUTH', 501);
  await client.command('ADAT abc', 503);
  await using plain = await startServer();
  const other = await plain.connect();
  await other.command('AUTH TLS', 534);
  assert.doesNotMatch((await other.command('FEAT', 211)).text, /AUTH|PBSZ|PROT/u);
});

for (const version of versions) {
  test(`K02 4 clear text behind AUTH is never executed (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await fixture.connect();
    client.send('AUTH TLS\r\nUSER alice\r\nPASS wonder land\r\nMKD injected\r\n');
    const rest = await client.end();
    assert.match(rest, /^(?:234 [^\r]*\r\n)?$/u);
    assert.ok(!fixture.events.some(({ event }) => event === 'login-accepted'));
  });

  test(`K02 4 clear text glued between AUTH and the handshake spoils the handshake (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await fixture.connect();
    const hello = await clientHello({ minVersion: version, maxVersion: version });
    client.socket.write(Buffer.concat([Buffer.from('AUTH TLS\r\nUSER alice\r\n'), hello]));
    await client.end();
    assert.ok(!fixture.events.some((event) => event.event === 'command' && event.text.startsWith('USER')));
  });

  test(`K02 4 clear text behind the ClientHello is never executed (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await fixture.connect();
    const hello = await clientHello({ minVersion: version, maxVersion: version });
    const behind = Buffer.from('USER alice\r\nPASS wonder land\r\n');
    client.socket.write(Buffer.concat([Buffer.from('AUTH TLS\r\n'), hello, behind]));
    await client.end();
    assert.ok(!fixture.events.some((event) => event.event === 'command' && event.text.startsWith('USER')));
  });

  test(`K03 what was set or logged in before AUTH is forgotten (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await fixture.login();
    await client.command('MKD dir', 257);
    await client.command('CWD dir', 250);
    await client.command('REST 5', 350);
    await client.secure({ minVersion: version, maxVersion: version });
    await client.command('PWD', 530);
    await client.command('PASS wonder land', 503);
    await client.command('USER alice', 331);
    await client.command('PASS wonder land', 230);
    assert.match((await client.command('PWD', 257)).text, /^257 "\/"/u);
    assert.match((await client.command('STAT', 211)).text, /ASCII/iu);
  });

  test(`5 handshakes that begin in the segment of AUTH all complete, a thousand over both versions (${version})`, async () => {
    await using fixture = await startTlsServer({ limits: { perAddress: 1000 } });
    let completed = 0;
    const worker = async (): Promise<void> => {
      for (let turn = 0; turn < 125; turn += 1) {
        await authInOneSegment(fixture.port(), version);
        completed += 1;
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    assert.equal(completed, 500);
  });
}

/** AUTH and ClientHello in one segment; then a command in TLS. */
async function authInOneSegment(port: number, version: (typeof versions)[number]): Promise<void> {
  const socket = await dial('127.0.0.1', port);
  const tap = new Tap(socket);
  let clear = '';
  const greeting = Promise.withResolvers<void>();
  tap.onReceive = (octets) => {
    clear += octets.toString('latin1');
    const lines = clear.split('\r\n');
    if (lines.length > 1) greeting.resolve();
    if (lines.length < 3) return Buffer.alloc(0);
    const clearLength = `${lines[0] ?? ''}\r\n${lines[1] ?? ''}\r\n`.length;
    tap.onReceive = (later) => later;
    return Buffer.from(clear.slice(clearLength), 'latin1');
  };
  tap.onSend = (octets) => {
    tap.onSend = (later) => later;
    return Buffer.concat([Buffer.from('AUTH TLS\r\n'), octets]);
  };
  socket.resume();
  await greeting.promise;
  const tls = connectTls({
    socket: tap,
    minVersion: version,
    maxVersion: version,
    rejectUnauthorized: false,
  });
  const answer = await new Promise<string>((resolve, reject) => {
    tls.once('error', reject);
    tls.once('close', () => reject(new Error(`closed; in the clear came ${JSON.stringify(clear)}`)));
    tls.once('secureConnect', () => tls.write('NOOP\r\n'));
    tls.once('data', (octets: Buffer) => resolve(octets.toString('latin1')));
  });
  tls.destroy();
  assert.match(answer, /^200 /u);
}

test('K04 PBSZ and PROT come after AUTH and in order', async () => {
  await using fixture = await startTlsServer();
  const client = await fixture.connect();
  await client.command('PBSZ 0', 503);
  await client.command('PROT P', 503);
  await client.secure();
  await client.command('PROT P', 503);
  await client.command('PBSZ x', 501);
  await client.command('PBSZ 4294967296', 501);
  await client.command('PBSZ -1', 501);
  assert.match((await client.command('PBSZ 0', 200)).text, /PBSZ=0/u);
  assert.equal((await client.command('PBSZ 9999', 200)).text, '200 PBSZ=0\r\n');
});

test('K05 PROT knows P and C in either case and refuses the others', async () => {
  await using fixture = await startTlsServer();
  const client = await fixture.connect();
  await client.secure();
  await client.command('PBSZ 0', 200);
  for (const [level, code] of [
    ['P', 200],
    ['C', 200],
    ['p', 200],
    ['c', 200],
    ['S', 536],
    ['E', 536],
    ['Z', 504],
    ['', 501],
  ] as const) {
    await client.command(`PROT ${level}`, code);
  }
});

test('K06 22 a server that requires TLS logs nobody in and sends nothing in the clear', async () => {
  await using fixture = await startTlsServer({ requireTls: true });
  const plain = await fixture.connect();
  assert.match((await plain.command('USER alice', 530)).text, /TLS/u);
  await plain.command('PASS wonder land', 503);
  const client = await TlsClient.secure(await fixture.connect(), 'TLSv1.3');
  const { raw } = client;
  await raw.command('USER alice', 331);
  await raw.command('PASS wonder land', 230);
  await raw.command('EPSV', 229);
  for (const line of ['LIST', 'NLST', 'MLSD', 'RETR f', 'STOR f', 'APPE f', 'STOU']) {
    await raw.command(line, 521, 522);
  }
  await raw.command('PBSZ 0', 200);
  await raw.command('PROT C', 534);
  await raw.command('CCC', 534);
  await raw.command('PROT P', 200);
  await client.download('MLSD');
});

test('K06 22 an account that requires TLS is refused in the clear, and its data too; others are not', async () => {
  const fileSystem = new MemoryFileSystem();
  const accounts = fixedAccounts([
    { name: 'careful', password: 'secret', requireTls: true, fileSystem },
    { name: 'careless', password: 'secret', fileSystem },
  ]);
  await using fixture = await startTlsServer({ accounts });
  const plain = await fixture.connect();
  await plain.command('USER careful', 331);
  await plain.command('PASS secret', 530);
  await plain.command('PWD', 530);
  await plain.command('USER careless', 331);
  await plain.command('PASS secret', 230);
  const client = await TlsClient.secure(await fixture.connect(), 'TLSv1.3');
  await client.raw.command('USER careful', 331);
  await client.raw.command('PASS secret', 230);
  await client.raw.command('EPSV', 229);
  await client.raw.command('NLST', 521, 522);
  await client.raw.command('PBSZ 0', 200);
  await client.raw.command('PROT C', 534);
});

for (const version of ['TLSv1', 'TLSv1.1'] as const) {
  test(`K09 ${version} is refused`, async () => {
    await using fixture = await startTlsServer();
    const client = await fixture.connect();
    await client.command('AUTH TLS', 234);
    await assert.rejects(
      client.upgrade({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }),
    );
    await fixture.event(({ event }) => event === 'session-closed');
  });
}

for (const version of versions) {
  test(`K09 ${version} is what the session then says it speaks`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.secure(await fixture.connect(), version);
    const socket = client.raw.socket as TLSSocket;
    assert.equal(socket.getProtocol(), version);
    const told = await fixture.event(({ event }) => event === 'negotiated');
    assert.ok(told.event === 'negotiated' && told.description.startsWith(version));
    assert.match(socket.getCipher().standardName, /AES_128_GCM_SHA256/u);
  });
}

test('6 AUTH and then silence ends with the handshake time-out', async () => {
  await using fixture = await startTlsServer({ timeouts: { tlsHandshakeMs: 50 } });
  const client = await fixture.connect();
  await client.command('AUTH TLS', 234);
  assert.equal(await client.end(), '');
  await fixture.event(({ event }) => event === 'session-closed');
  assert.equal(fixture.server.sessions.size, 0);
});

test('6 half a ClientHello and then silence ends with the handshake time-out', async () => {
  await using fixture = await startTlsServer({ timeouts: { tlsHandshakeMs: 50 } });
  const client = await fixture.connect();
  await client.command('AUTH TLS', 234);
  client.socket.write((await clientHello()).subarray(0, 60));
  await client.end();
  await fixture.event(({ event }) => event === 'session-closed');
});

test('6 garbage instead of a handshake ends the connection, and nothing else', async () => {
  await using fixture = await startTlsServer();
  for (const garbage of [
    'USER alice\r\n',
    '\x16\x03\x01\x00\x04abcd',
    '\0'.repeat(600),
    'GET / HTTP/1.1\r\n\r\n',
  ]) {
    const client = await fixture.connect();
    await client.command('AUTH TLS', 234);
    client.send(garbage);
    await client.end();
  }
  await (await fixture.connect()).command('NOOP', 200);
});

test('browsers’ application protocols are refused (ALPACA), that of FTP is taken', async () => {
  await using fixture = await startTlsServer();
  const browser = await fixture.connect();
  await browser.command('AUTH TLS', 234);
  await assert.rejects(browser.upgrade({ ALPNProtocols: ['h2', 'http/1.1'] }), /no.application.protocol/iu);
  const client = await fixture.connect();
  const socket = await client.secure({ ALPNProtocols: ['ftp'] });
  assert.equal(socket.alpnProtocol, 'ftp');
});

for (const version of versions) {
  test(`K16 CCC goes back into the clear where it is allowed (${version})`, async () => {
    await using fixture = await startTlsServer({ allowClearCommandChannel: true });
    const client = await TlsClient.login(fixture, version);
    assert.match((await client.raw.command('FEAT', 211)).text, /^ CCC\r$/mu);
    await client.raw.command('MKD kept', 257);
    const clear = await leaveTls(fixture.port(), version, 'CCC');
    clear.socket.write('NOOP\r\n');
    assert.match(await clear.line(), /^200 /u);
    clear.socket.write('PROT C\r\n');
    assert.match(await clear.line(), /^5\d\d /u);
    clear.socket.write('PBSZ 0\r\n');
    assert.match(await clear.line(), /^5\d\d /u);
    clear.socket.write('PWD\r\n');
    assert.match(await clear.line(), /^257 /u);
    clear.socket.destroy();
  });

  test(`K17 REIN answers inside TLS and goes on in the clear (${version})`, async () => {
    await using fixture = await startTlsServer();
    const clear = await leaveTls(fixture.port(), version, 'REIN');
    clear.socket.write('PWD\r\n');
    assert.match(await clear.line(), /^530 /u);
    clear.socket.write('PBSZ 0\r\n');
    assert.match(await clear.line(), /^503 /u);
    clear.socket.write('USER alice\r\n');
    assert.match(await clear.line(), /^331 /u);
    clear.socket.write('PASS wonder land\r\n');
    assert.match(await clear.line(), /^230 /u);
    clear.socket.destroy();
  });

  for (const line of ['CCC', 'REIN'] as const) {
    test(`${line} takes clear text that is glued behind close_notify (${version})`, async () => {
      await using fixture = await startTlsServer({ allowClearCommandChannel: true });
      const clear = await leaveTls(fixture.port(), version, line, 'NOOP\r\n');
      assert.match(await clear.line(), /^200 /u);
      clear.socket.write('QUIT\r\n');
      assert.match(await clear.line(), /^221 /u);
      clear.socket.destroy();
    });
  }
}

/**
 * Logs in, sends a command that ends TLS, ends it from this side too, and goes on in the clear. `glued` goes out in
 * the segment of this side's close_notify.
 */
async function leaveTls(
  port: number,
  version: (typeof versions)[number],
  command: 'CCC' | 'REIN',
  glued = '',
): Promise<{ readonly socket: Socket; line(): Promise<string> }> {
  const socket = await dial('127.0.0.1', port);
  const tap = new Tap(socket);
  let text = '';
  let wake: () => void = () => undefined;
  const takeText = (octets: Buffer): Buffer => {
    text += octets.toString('latin1');
    wake();
    return Buffer.alloc(0);
  };
  const line = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf('\r\n');
      if (end >= 0) {
        const first = text.slice(0, end);
        text = text.slice(end + 2);
        return first;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  tap.onReceive = takeText;
  await line();
  socket.write('AUTH TLS\r\n');
  assert.match(await line(), /^234 /u);
  tap.onReceive = (octets) => octets;
  const tls = connectTls({
    socket: tap,
    minVersion: version,
    maxVersion: version,
    rejectUnauthorized: false,
  });
  tls.on('error', () => undefined);
  const last = { CCC: /\r\n200 Clearing[^\r]*\r\n$/u, REIN: /\r\n220 Ready[^\r]*\r\n$/u }[command];
  const inside = new Promise<void>((resolve) => {
    let replies = '';
    tls.on('data', (octets: Buffer) => {
      replies += octets.toString('latin1');
      if (last.test(replies)) resolve();
    });
  });
  tls.write(`USER alice\r\nPASS wonder land\r\nPBSZ 0\r\nPROT P\r\n${command}\r\n`);
  await inside;
  // The server's close_notify is the last record before clear text.
  tap.onReceive = (octets) => {
    let at = 0;
    while (at < octets.length && octets.readUInt8(at) < 0x20) at += 5 + octets.readUInt16BE(at + 3);
    takeText(octets.subarray(at));
    return octets.subarray(0, at);
  };
  const closeNotify = new Promise<void>((resolve) => {
    tap.onSend = (octets) => {
      resolve();
      return Buffer.concat([octets, Buffer.from(glued)]);
    };
  });
  tap.keepsOpen = true;
  tls.end();
  await closeNotify;
  return { socket, line };
}
