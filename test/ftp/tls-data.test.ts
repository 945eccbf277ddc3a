import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { makeScratchTree } from '#test/storage/scratch.ts';
import { dial, RawClient, readAll } from './harness.ts';
import {
  contentOf,
  finished,
  listenActive,
  namesIn,
  parseExtendedPassive,
  putFile,
  unbufferable,
} from './helpers.ts';
import { clientHello, recordsIn, startTlsServer, Tap, TlsClient, versions } from './tls-harness.ts';

for (const version of versions) {
  test(`K07 files of every size pass intact under PROT P (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    for (const size of [0, 1, 16_383, 16_384, 16_385, 262_144, 1_048_577, 9_000_001]) {
      const content = randomBytes(size);
      assert.equal(await client.upload('STOR f', content), 226, `${size} octets`);
      assert.ok((await contentOf(fixture.fileSystem, '/f'))?.equals(content), `${size} octets up`);
      assert.ok((await client.download('RETR f')).equals(content), `${size} octets down`);
    }
    for (const line of ['LIST', 'NLST', 'MLSD']) {
      assert.match((await client.download(line)).toString(), /\bf\r\n/u);
    }
  });

  test(`K07 files on disk pass intact too (${version})`, async () => {
    const tree = await makeScratchTree();
    try {
      await using fixture = await startTlsServer({ fileSystem: tree.fileSystem });
      const client = await TlsClient.login(fixture, version);
      const content = randomBytes(20_000_003);
      assert.equal(await client.upload('STOR f', content), 226);
      assert.equal(await client.upload('APPE f', content.subarray(0, 70_000)), 226);
      const received = await client.download('RETR f');
      assert.ok(received.equals(Buffer.concat([content, content.subarray(0, 70_000)])));
      await client.raw.command('REST 19000000', 350);
      assert.ok((await client.download('RETR f')).equals(received.subarray(19_000_000)));
      assert.deepEqual(await readdir(tree.root), ['f']);
    } finally {
      await tree.dispose();
    }
  });

  test(`K07 in active mode this server is the TLS server as well (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    const content = randomBytes(300_000);
    await using listener = await listenActive();
    const { raw } = client;
    await raw.command(`PORT ${listener.portArgument}`, 200);
    await raw.command('STOR f', 150);
    const up = await client.secureData(await listener.accept());
    up.resume();
    up.end(content);
    await raw.expect(226);
    await raw.command(`EPRT ${listener.eprtArgument}`, 200);
    await raw.command('RETR f', 150);
    const down = await client.secureData(await listener.accept());
    assert.ok((await readAll(down)).equals(content));
    down.end();
    await raw.expect(226);
  });

  test(`K08 the level of the transfer command counts, not that of EPSV (${version})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await TlsClient.login(fixture, version);
    const { raw } = client;
    await raw.command('PROT C', 200);
    const first = await client.dialPassive();
    await raw.command('PROT P', 200);
    await raw.command('RETR f', 150);
    assert.equal((await readAll(await client.secureData(first))).toString(), 'content');
    await raw.expect(226);
    const second = await client.dialPassive();
    await raw.command('PROT C', 200);
    await raw.command('RETR f', 150);
    assert.equal((await readAll(second)).toString(), 'content');
    await raw.expect(226);
  });

  test(`the ClientHello may come before the transfer command (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    const content = randomBytes(100_000);
    for (const line of ['STOR f', 'RETR f']) {
      const plain = await client.dialPassive();
      const session = await client.session();
      const tap = new Tap(plain);
      const sent = new Promise<void>((resolve) => {
        tap.onSend = (octets) => {
          resolve();
          return octets;
        };
      });
      const securing = client.secureData(tap, { session });
      await sent;
      await client.raw.command(line, 150);
      const data = await securing;
      if (line === 'STOR f') {
        data.resume();
        data.end(content);
      } else {
        assert.ok((await readAll(data)).equals(content));
        data.end();
      }
      await client.raw.expect(226);
    }
  });

  test(`K13 8 a download ends with close_notify before FIN (${version})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', randomBytes(200_000));
    const client = await TlsClient.login(fixture, version);
    for (const line of ['RETR f', 'LIST', 'MLSD']) {
      const tap = new Tap(await client.dialPassive());
      await client.raw.command(line, 150);
      const tls = await client.secureData(tap);
      await readAll(tls);
      await client.raw.expect(226);
      const last = recordsIn(Buffer.concat(tap.received)).at(-1);
      // An alert has two octets; TLS 1.3 hides its type behind that of data, and adds one octet and the tag.
      assert.deepEqual(last, version === 'TLSv1.3' ? { type: 23, length: 19 } : { type: 21, length: 26 });
      tls.destroy();
    }
  });

  for (const kind of ['memory', 'local'] as const) {
    test(`K14 21 an upload that ends with a bare FIN is not complete and not published (${version}, ${kind})`, async () => {
      const tree = await makeScratchTree();
      try {
        await using fixture = await startTlsServer(kind === 'local' ? { fileSystem: tree.fileSystem } : {});
        const client = await TlsClient.login(fixture, version);
        for (const size of [1, 16_384, 100_000, 3_000_000]) {
          assert.equal(await client.upload('STOR cut', randomBytes(size), { end: 'bare-fin' }), 426);
          assert.deepEqual(await namesIn(fixture.fileSystem), []);
        }
        const told = await fixture.event(finished('/cut'));
        assert.ok(told.event === 'transfer-finished' && told.result === 'failed');
        assert.equal(await client.upload('STOR whole', randomBytes(1000)), 226);
        assert.deepEqual(await namesIn(fixture.fileSystem), ['whole']);
      } finally {
        await tree.dispose();
      }
    });
  }

  test(`K14 where close_notify is not required a bare FIN ends an upload, and is told (${version})`, async () => {
    await using fixture = await startTlsServer({ requireCloseNotify: false });
    const client = await TlsClient.login(fixture, version);
    const content = randomBytes(100_000);
    assert.equal(await client.upload('STOR f', content, { end: 'bare-fin' }), 226);
    assert.ok((await contentOf(fixture.fileSystem, '/f'))?.equals(content));
    await fixture.event((event) => event.event === 'warning' && /close_notify/u.test(event.message));
    assert.equal(await client.upload('STOR g', content, { end: 'reset' }), 426);
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
  });

  test(`K14 a reset or a cut record never makes a whole file (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    assert.equal(await client.upload('STOR f', randomBytes(500_000), { end: 'reset' }), 426);
    const tap = new Tap(await client.dialPassive());
    await client.raw.command('STOR f', 150);
    const tls = await client.secureData(tap);
    tap.onSend = (octets) => octets.subarray(0, octets.length - 9);
    tls.end(randomBytes(5000));
    await client.raw.expect(426);
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });

  test(`K14 a spoiled record ends an upload with an error (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    const tap = new Tap(await client.dialPassive());
    await client.raw.command('STOR f', 150);
    const tls = await client.secureData(tap);
    tap.onSend = (octets) => {
      octets.writeUInt8(octets.readUInt8(octets.length - 1) ^ 1, octets.length - 1);
      return octets;
    };
    tls.on('error', () => undefined);
    tls.end(randomBytes(5000));
    await client.raw.expect(426);
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
    await client.raw.command('NOOP', 200);
  });

  test(`records that arrive octet by octet, and FIN glued to close_notify, are a whole upload (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    const plain = await client.dialPassive();
    const tap = new Tap(plain);
    await client.raw.command('STOR f', 150);
    const tls = await client.secureData(tap);
    const pending: Buffer[] = [];
    tap.keepsOpen = true;
    tap.onSend = (octets) => {
      pending.push(Buffer.from(octets));
      return Buffer.alloc(0);
    };
    const content = randomBytes(400);
    await new Promise<void>((resolve) => {
      tls.end(content, resolve);
    });
    for (const octet of Buffer.concat(pending)) {
      await new Promise<void>((resolve) => {
        plain.write(Buffer.of(octet), () => resolve());
      });
    }
    plain.end();
    await client.raw.expect(226);
    assert.ok((await contentOf(fixture.fileSystem, '/f'))?.equals(content));
  });

  test(`K15 a data handshake of garbage gets a final reply and leaves the session (${version})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', 'secret');
    const client = await TlsClient.login(fixture, version);
    for (const line of ['RETR f', 'STOR g', 'LIST']) {
      const plain = await client.dialPassive();
      const arriving = readAll(plain);
      await client.raw.command(line, 150);
      plain.write('this is no handshake at all\r\n');
      const { code } = await client.raw.reply();
      assert.ok(code >= 400 && code < 600, `${line} ${code}`);
      assert.ok(!(await arriving).toString('latin1').includes('secret'));
      plain.destroy();
    }
    assert.equal((await client.download('RETR f')).toString(), 'secret');
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
  });

  test(`K15 a data handshake that is only begun, or not at all, times out (${version})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', 'secret');
    const client = await TlsClient.login(fixture, version);
    // From here on, so that the control connection's own handshake has had all the time it wanted.
    fixture.server.apply({ timeouts: { tlsHandshakeMs: 60 } });
    const hello = await clientHello(client.pinned);
    for (const line of ['RETR f', 'STOR g']) {
      for (const part of [Buffer.alloc(0), hello.subarray(0, 70), hello]) {
        const silent = await client.dialPassive();
        await client.raw.command(line, 150);
        if (part.length > 0) silent.write(part);
        assert.match(String((await client.raw.reply()).code), /^[45]/u);
        silent.destroy();
      }
    }
    await client.raw.command('NOOP', 200);
  });

  test(`K15 a peer that ends its side, or vanishes, within the handshake is not waited for (${version})`, async () => {
    await using fixture = await startTlsServer({ timeouts: { tlsHandshakeMs: 3_600_000 } });
    await putFile(fixture.fileSystem, '/f', 'secret');
    const client = await TlsClient.login(fixture, version);
    const hello = await clientHello(client.pinned);
    for (const line of ['RETR f', 'STOR g']) {
      for (const leave of ['end', 'resetAndDestroy'] as const) {
        for (const part of [Buffer.alloc(0), hello.subarray(0, 70), hello]) {
          const plain = await client.dialPassive();
          await client.raw.command(line, 150);
          plain.write(part);
          plain[leave]();
          assert.match(String((await client.raw.reply()).code), /^[45]/u);
          plain.destroy();
        }
      }
    }
    const control = await fixture.connect();
    await control.command('AUTH TLS', 234);
    control.socket.end(hello.subarray(0, 70));
    await control.end();
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
  });

  test(`K18 ABOR with telnet octets in TLS ends a download (${version})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', Buffer.alloc(unbufferable));
    const client = await TlsClient.login(fixture, version);
    const plain = await client.dialPassive();
    await client.raw.command('RETR f', 150);
    const tls = await client.secureData(plain);
    tls.pause();
    client.raw.send('\u00ff\u00f4\u00ff\u00f2ABOR\r\n');
    await client.raw.expect(426);
    await client.raw.expect(226, 225);
    tls.destroy();
    await client.raw.command('NOOP', 200);
  });

  test(`ABOR during an upload leaves nothing behind (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    const plain = await client.dialPassive();
    await client.raw.command('STOR f', 150);
    const tls = await client.secureData(plain);
    await new Promise<void>((resolve) => {
      tls.write(randomBytes(100_000), () => resolve());
    });
    client.raw.send('ABOR\r\n');
    await client.raw.expect(426);
    await client.raw.expect(226, 225);
    tls.destroy();
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });

  test(`22 the clear gets nothing on a port of PROT P (${version})`, async () => {
    await using fixture = await startTlsServer();
    await putFile(fixture.fileSystem, '/f', 'secret');
    const client = await TlsClient.login(fixture, version);
    // From here on, so that the control connection's own handshake has had all the time it wanted.
    fixture.server.apply({ timeouts: { tlsHandshakeMs: 60 } });
    const plain = await client.dialPassive();
    const arriving = readAll(plain);
    await client.raw.command('RETR f', 150);
    await client.raw.expect(522, 425);
    assert.equal((await arriving).length, 0);
    plain.destroy();
  });

  test(`a client that ends its side before a download does still gets all of it (${version})`, async () => {
    await using fixture = await startTlsServer();
    const content = randomBytes(3_000_000);
    await putFile(fixture.fileSystem, '/f', content);
    const client = await TlsClient.login(fixture, version);
    const plain = await client.dialPassive();
    await client.raw.command('RETR f', 150);
    const tls = await client.secureData(plain, { tls: {} });
    tls.end();
    assert.ok((await readAll(tls)).equals(content));
    await client.raw.expect(226);
  });

  test(`many uploads in a row, each to its last octet (${version})`, async () => {
    await using fixture = await startTlsServer();
    const client = await TlsClient.login(fixture, version);
    for (let turn = 0; turn < 60; turn += 1) {
      const content = randomBytes(turn * 17_389);
      assert.equal(await client.upload('STOR f', content), 226);
      const stored = (await contentOf(fixture.fileSystem, '/f')) ?? Buffer.alloc(0);
      assert.equal(digest(stored), digest(content), `${content.length} octets`);
    }
  });
}

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

test('K19 implicit TLS: TLS first, greeting inside, data encrypted by default, AUTH is 503', async () => {
  await using fixture = await startTlsServer({ ftps: true });
  await putFile(fixture.fileSystem, '/f', 'content');
  const raw = await RawClient.connectTls({ host: '127.0.0.1', port: fixture.port('ftps') });
  await raw.expect(220);
  const features = (await raw.command('FEAT', 211)).text;
  assert.match(features, /^ PBSZ/mu);
  assert.match(features, /^ PROT/mu);
  assert.doesNotMatch(features, /AUTH/u);
  await raw.command('AUTH TLS', 503);
  await raw.command('USER alice', 331);
  await raw.command('PASS wonder land', 230);
  const { text } = await raw.command('EPSV', 229);
  const plain = await dial('127.0.0.1', parseExtendedPassive(text));
  await raw.command('RETR f', 150);
  const data = connect({ socket: plain, rejectUnauthorized: false });
  assert.equal((await readAll(data)).toString(), 'content');
  await raw.expect(226);
  await raw.command('PBSZ 0', 200);
  await raw.command('PROT P', 200);
  raw.destroy();
});

test('K19 clear text on the port of implicit TLS is closed without a word', async () => {
  await using fixture = await startTlsServer({ ftps: true });
  const socket = await dial('127.0.0.1', fixture.port('ftps'));
  socket.write('USER alice\r\n');
  const answer = await readAll(socket).catch(() => Buffer.alloc(0));
  // An alert at most.
  assert.ok(answer.length <= 7 && !answer.includes('220'));
  await fixture.event(({ event }) => event === 'session-closed');
});

test('K22 FEAT lists AUTH TLS, PBSZ and PROT', async () => {
  await using fixture = await startTlsServer();
  const client = await fixture.connect();
  const features = (await client.command('FEAT', 211)).text;
  for (const line of ['AUTH TLS', 'PBSZ', 'PROT']) assert.match(features, new RegExp(`^ ${line}\\r$`, 'mu'));
  assert.doesNotMatch(features, /^ CCC/mu);
  await client.secure();
  assert.match((await client.command('FEAT', 211)).text, /^ PROT\r$/mu);
});

test('K20 HOST must be what SNI said', async () => {
  await using fixture = await startTlsServer();
  const client = await fixture.connect();
  await client.command('AUTH TLS', 234);
  await client.upgrade({ servername: 'one.example' });
  await client.command('HOST two.example', 504);
  await client.command('HOST ONE.example', 220);
  const other = await fixture.connect();
  await other.command('AUTH TLS', 234);
  await other.upgrade();
  await other.command('HOST two.example', 220);
});
