import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedAccounts } from '#accounts/index.ts';
import { readOnlyAccess } from '#core/permission.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { Accounts } from '#core/authentication.ts';
import { Gate, MemoryFileSystem } from '#storage/index.ts';
import { passwords, RawClient, startServer } from './harness.ts';
import { contentOf, namesIn, putFile } from './helpers.ts';

for (const command of [
  'LIST',
  'NLST',
  'MLSD',
  'RETR f',
  'STOR f',
  'APPE f',
  'STOU',
  'PWD',
  'CWD /',
  'CDUP',
  'MKD d',
  'RMD d',
  'DELE f',
  'RNFR f',
  'RNTO g',
  'MLST f',
  'SIZE f',
  'MDTM f',
  'PASV',
  'EPSV',
  'PORT 127,0,0,1,200,200',
  'TYPE I',
  'REST 1',
  'ABOR',
  'SITE CHMOD 600 f',
  'STAT /',
]) {
  test(`B01 ${command} before login gets 530`, async () => {
    await using fixture = await startServer();
    const client = await fixture.connect();
    await client.command(command, 530);
    await client.command('USER alice', 331);
    await client.command(command, 530);
    assert.deepEqual(await namesIn(fixture.fileSystem), []);
  });
}

test('B01 a missing argument tells nothing before login either', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('RETR', 530);
  await client.command('FROB', 500);
});

test('B02 PASS without USER gets 503', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('PASS x', 503);
  await client.command('USER alice', 331);
  await client.command('PASS nope', 530);
  await client.command(`PASS ${passwords.alice}`, 503);
});

test('B02 PASS counts only directly behind USER', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('ACCT x', 503);
  await client.command('USER alice', 331);
  await client.command(`PASS ${passwords.alice}`, 230);
  await client.command('PASS again', 202, 503);
});

test('B03 an unknown user is asked and refused in the same words as a known one', async () => {
  await using fixture = await startServer();
  const texts: string[] = [];
  for (const user of ['alice', 'nobody-knows', 'root']) {
    const client = await fixture.connect();
    const asked = await client.command(`USER ${user}`, 331);
    const refused = await client.command('PASS wrong', 530);
    texts.push(asked.text + refused.text);
  }
  assert.equal(new Set(texts).size, 1, texts.join());
});

test('B05 an unknown user is refused by the same verification as a known one, and not before it', async () => {
  const verified: string[] = [];
  const gate = new Gate();
  const known = fixedAccounts([{ name: 'alice', password: 'right', fileSystem: new MemoryFileSystem() }]);
  const accounts: Accounts = {
    authenticate: async (attempt, signal) => {
      verified.push(attempt.user);
      await gate.pass(signal);
      return known.authenticate(attempt, signal);
    },
  };
  await using fixture = await startServer({ accounts });
  const clients = [];
  for (const user of ['alice', 'nobody-knows', 'x'.repeat(255)]) {
    const client = await fixture.connect();
    await client.command(`USER ${user}`, 331);
    client.send('PASS wrong\r\n');
    clients.push({ user, client });
  }
  while (verified.length < clients.length) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    verified,
    clients.map(({ user }) => user),
  );
  gate.release();
  const refusals = await Promise.all(clients.map(async ({ client }) => (await client.expect(530)).text));
  assert.equal(new Set(refusals).size, 1);
});

test('a login whose client has gone gives up its place, one whose client only ends its side with QUIT does not', async () => {
  const stopped = new Set<string>();
  const asked = new Set<string>();
  const gate = new Gate();
  const accounts: Accounts = {
    authenticate: async (attempt, signal) => {
      asked.add(attempt.user);
      signal.addEventListener('abort', () => stopped.add(attempt.user));
      await gate.pass(signal);
      return { outcome: 'refused', reason: 'no such account' };
    },
  };
  await using fixture = await startServer({ accounts });
  const [gone, ending, staying] = [await fixture.connect(), await fixture.connect(), await fixture.connect()];
  await gone.command('USER gone', 331);
  gone.send('PASS x\r\n');
  await ending.command('USER ending', 331);
  ending.send('PASS x\r\n');
  await staying.command('USER staying', 331);
  staying.send('PASS x\r\nQUIT\r\n');
  while (asked.size < 3) await new Promise((resolve) => setImmediate(resolve));
  staying.socket.end();
  ending.socket.end();
  gone.destroy();
  while (stopped.size < 2) await new Promise((resolve) => setImmediate(resolve));
  gate.release();
  await staying.expect(530);
  await staying.expect(221);
  assert.deepEqual([...stopped].sort(), ['ending', 'gone']);
});

test('B04 wrong passwords get 530, the last that may be tried 421 and the end', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  let refusals = 0;
  for (;;) {
    await client.command('USER alice', 331);
    const { code } = await client.command('PASS wrong', 530, 421);
    if (code === 421) break;
    refusals += 1;
    assert.ok(refusals < 10);
  }
  assert.ok(refusals >= 2, `${refusals} attempts`);
  assert.equal(await client.end(), '');
});

test('B04 REIN does not wash failed logins off', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  let attempts = 0;
  for (;;) {
    await client.command('REIN', 220);
    await client.command('USER alice', 331);
    attempts += 1;
    const { code } = await client.command('PASS wrong', 530, 421);
    if (code === 421) break;
    assert.ok(attempts < 10);
  }
});

test('B04 a refused login leaves no rights of an earlier one', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('USER bob', 331);
  await client.command('PASS wrong', 530);
  await client.command('PWD', 530);
});

test('B06 a password counts octet for octet, spaces included', async () => {
  const fileSystem = new MemoryFileSystem();
  const accounts = fixedAccounts([
    { name: 'eve', password: '  two  spaces ', fileSystem },
    { name: 'uli', password: 'grün"%\'', fileSystem },
  ]);
  await using fixture = await startServer({ accounts });
  for (const wrong of ['two  spaces', ' two  spaces ', '  two  spaces', '  two spaces ', '']) {
    const client = await fixture.connect();
    await client.command('USER eve', 331);
    await client.command(`PASS ${wrong}`, 530);
    client.destroy();
  }
  const client = await fixture.connect();
  await client.command('USER eve', 331);
  await client.command('PASS   two  spaces ', 230);
  await client.command('USER uli', 331);
  await client.command(`PASS ${Buffer.from('grün"%\'').toString('latin1')}`, 230);
});

for (const user of ['anonymous', 'ftp', 'Anonymous']) {
  test(`B07 ${user} may read and nothing else`, async () => {
    await using fixture = await startServer({ anonymous: true });
    await putFile(fixture.fileSystem, '/f', 'public');
    const client = await fixture.connect();
    await client.command(`USER ${user}`, 331);
    await client.command('PASS somebody@example.org', 230);
    await client.command('TYPE I', 200);
    assert.equal((await client.download('RETR f')).toString(), 'public');
    const data = await client.passive();
    await client.command('STOR g', 550, 553);
    await client.command('STOR f', 550, 553);
    await client.command('APPE f', 550, 553);
    await client.command('DELE f', 550);
    await client.command('MKD d', 550);
    await client.command('RNFR f');
    await client.command('RNTO g', 503, 550);
    data.destroy();
    assert.deepEqual(await namesIn(fixture.fileSystem), ['f']);
    assert.equal((await contentOf(fixture.fileSystem, '/f'))?.toString(), 'public');
  });
}

test('B08 anonymous login, where it is off, fails behind PASS', async () => {
  await using fixture = await startServer();
  const client = await fixture.connect();
  await client.command('USER anonymous', 331);
  await client.command('PASS a@b', 530);
});

test('B09 USER ends the login that stands', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD sub', 257);
  await client.command('CWD sub', 250);
  await client.command('USER bob', 331);
  await client.command('PWD', 530);
  await client.command(`PASS ${passwords.bob}`, 230);
  assert.match((await client.command('PWD', 257)).text, /"\/"/);
  await client.command('MKD other', 550);
});

test('B09 the transfer parameters outlive a change of user', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'a\nb\n');
  const client = await fixture.login();
  await client.command('USER bob', 331);
  await client.command(`PASS ${passwords.bob}`, 230);
  assert.equal((await client.download('RETR f')).toString(), 'a\nb\n');
});

test('B10 REIN begins anew: no login, TYPE A, home', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'a\nb\n');
  const client = await fixture.login();
  await client.command('MKD sub', 257);
  await client.command('CWD sub', 250);
  await client.command('MODE Z', 200);
  await client.command('REST 2', 350);
  await client.command('REIN', 220);
  await client.command('PWD', 530);
  await client.command('USER alice', 331);
  await client.command(`PASS ${passwords.alice}`, 230);
  assert.match((await client.command('PWD', 257)).text, /"\/"/);
  assert.equal((await client.download('RETR f')).toString(), 'a\r\nb\r\n');
});

test('B10 a login starts in the home of its account', async () => {
  const fileSystem = new MemoryFileSystem();
  const accounts = fixedAccounts([{ name: 'eve', password: 'x', fileSystem, home: '/home/eve' }]);
  fileSystem.makeDirectory(resolveVirtualPath(rootPath, '/home'));
  fileSystem.makeDirectory(resolveVirtualPath(rootPath, '/home/eve'));
  await using fixture = await startServer({ accounts });
  const client = await fixture.connect();
  await client.command('USER eve', 331);
  await client.command('PASS x', 230);
  assert.match((await client.command('PWD', 257)).text, /"\/home\/eve"/);
});

/** Asks for accounting information behind the right password. */
function accountRequiring(fileSystem: MemoryFileSystem): Accounts {
  const inner = fixedAccounts([{ name: 'dora', password: 'x', fileSystem, access: readOnlyAccess }]);
  return {
    authenticate: async (attempt, signal) => {
      const { credential } = attempt;
      if (credential.kind !== 'account') {
        const outcome = await inner.authenticate(attempt, signal);
        return outcome.outcome === 'accepted' ? { outcome: 'more', wanted: ['account'] } : outcome;
      }
      const [password] = attempt.previous;
      if (password === undefined || credential.information.reveal() !== 'cost centre 7') {
        return { outcome: 'refused', reason: 'no such cost centre' };
      }
      return inner.authenticate({ ...attempt, credential: password }, signal);
    },
  };
}

test('B11 an account that needs ACCT is logged in only behind it', async () => {
  const fileSystem = new MemoryFileSystem();
  await using fixture = await startServer({ accounts: accountRequiring(fileSystem) });
  const client = await fixture.connect();
  await client.command('USER dora', 331);
  await client.command('PASS x', 332);
  await client.command('LIST', 530, 332);
  await client.command('ACCT cost centre 7', 230);
  await client.command('PWD', 257);
  await client.command('USER dora', 331);
  await client.command('PASS x', 332);
  await client.command('ACCT wrong', 530);
  await client.command('PWD', 530);
  await client.command('ACCT cost centre 7', 503);
});

for (const command of [
  'FEAT',
  'HELP',
  'NOOP',
  'SYST',
  'STAT',
  'OPTS UTF8 ON',
  'CLNT test',
  'PBSZ 0',
  'QUIT',
  'REIN',
]) {
  test(`B12 ${command} needs no login`, async () => {
    await using fixture = await startServer();
    const client = await fixture.connect();
    const { code } = await client.command(command);
    assert.notEqual(code, 530);
  });
}

test('B17 a client that does not log in in time is told 421', async () => {
  await using fixture = await startServer({ timeouts: { loginMs: 80 } });
  const client = await fixture.connect();
  await client.expect(421);
  assert.equal(await client.end(), '');
});

test('B17 commands do not lengthen the time for the login', async () => {
  await using fixture = await startServer({ timeouts: { loginMs: 80 } });
  const client = await fixture.connect();
  for (;;) {
    client.send('NOOP\r\n');
    const { code } = await client.expect(200, 421);
    if (code === 421) break;
  }
  await client.end();
});

test('B17 a login that hangs ends with its connection', async () => {
  const gate = new Gate();
  let aborted = false;
  const accounts: Accounts = {
    authenticate: async (_attempt, signal) => {
      await gate.pass(signal);
      aborted = signal.aborted;
      return { outcome: 'refused', reason: 'too late' };
    },
  };
  await using fixture = await startServer({ accounts });
  const client = await RawClient.connect(fixture.host, fixture.port());
  await client.expect(220);
  client.send('USER x\r\nPASS y\r\n');
  await gate.reached;
  client.socket.resetAndDestroy();
  await fixture.event(({ event }) => event === 'session-closed');
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(aborted);
});
