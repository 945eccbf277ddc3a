import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RawClient } from '#test/ftp/harness.ts';
import { startInShell } from './human-process.ts';
import { noSsh, program, scratch, startWherry, type WherryProcess } from './wherry-process.ts';

const root = join(import.meta.dirname, '..', '..');

async function open(t: TestContext, port: number): Promise<RawClient> {
  const client = await RawClient.connect('127.0.0.1', port);
  t.after(() => {
    client.destroy();
  });
  await client.expect(220);
  return client;
}

/** The code that a login ends with. */
async function loginCode(
  t: TestContext,
  server: WherryProcess,
  credentials: readonly [string, string],
): Promise<number> {
  const { client, code } = await tryLogin(t, server, credentials);
  client.destroy();
  return code;
}

/** Logs in; gives the code of the last reply. */
async function tryLogin(
  t: TestContext,
  server: WherryProcess,
  [user, password]: readonly [string, string],
): Promise<{ readonly client: RawClient; readonly code: number }> {
  const client = await open(t, server.port());
  await client.command(`USER ${user}`, 331);
  const { code } = await client.command(`PASS ${password}`);
  return { client, code };
}

test('without any account one is made, and its password is shown once', async (t) => {
  const state = scratch(t);
  const cwd = scratch(t);
  const free = '--ftp 0 --ftps off --sftp off --passive-ports 0 --host 127.0.0.1';
  const line = `exec '${program}' serve . --data-dir '${state}' ${free}`;
  const first = startInShell(t, line, { cwd });
  await first.say(/Stop with Ctrl\+C/u);
  const [, port] = await first.say(/ftp:\/\/127\.0\.0\.1:(\d+)\//u);
  const [, name = ''] = await first.say(/^ +account +(\S+)$/mu);
  const [, password = ''] = await first.say(/^ +password +(\S+)/mu);
  assert.equal(name, 'wherry');
  assert.ok(password.replaceAll('-', '').length >= 20);
  const client = await open(t, Number(port));
  await client.command(`USER ${name}`, 331);
  await client.command(`PASS ${password}`, 230);
  await client.upload('STOR mine.txt', 'may write');
  client.destroy();
  assert.equal(await first.stop(), 0);
  assert.equal(first.said().split(password).length, 2, 'the password is said once');

  const second = startInShell(t, line, { cwd });
  await second.say(/Stop with Ctrl\+C/u);
  const [, secondPort] = await second.say(/ftp:\/\/127\.0\.0\.1:(\d+)\//u);
  assert.doesNotMatch(second.said(), /password/u);
  const again = await open(t, Number(secondPort));
  await again.command(`USER ${name}`, 331);
  await again.command(`PASS ${password}`, 230);
  again.destroy();
  assert.equal(await second.stop(), 0);
});

test('with --json the generated password goes to standard error, and into no log', async (t) => {
  const server = await startWherry(t, { words: noSsh });
  assert.equal((await server.stop()).code, 0);
  const [, password = ''] = /^ +password +(\S+)/mu.exec(server.errors()) ?? [];
  assert.notEqual(password, '');
  assert.ok(!server.lines.join('\n').includes(password));
});

test('npm start serves ./data, which it makes, with an account', async (t) => {
  const cwd = scratch(t);
  symlinkSync(join(root, 'bin'), join(cwd, 'bin'));
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  // As npm does with what stands behind `npm start --`.
  const line = `${scripts['start']} --ftp 0 --ftps 0 --sftp off --passive-ports 0`;
  const started = startInShell(t, line.replace('&& ', '&& exec '), {
    cwd,
    environment: { XDG_STATE_HOME: join(cwd, 'state') },
  });
  await started.say(/^ +password +\S+/mu);
  await started.say(/Stop with Ctrl\+C/u);
  assert.ok(existsSync(join(cwd, 'data')));
  assert.ok(existsSync(join(cwd, 'state', 'wherry', 'wherry.db')));
  const [, port] = await started.say(/ftp:\/\/localhost:(\d+)\//u);
  (await open(t, Number(port))).destroy();
  assert.equal(await started.stop('SIGINT'), 0);
});

test('accounts of --user stay, and are changed by the next start that names them', async (t) => {
  const dataDirectory = scratch(t);
  const first = await startWherry(t, {
    dataDirectory,
    words: ['--user', 'alice:wonderland', '--user', 'bob:the:builder:r', ...noSsh],
  });
  assert.equal(await loginCode(t, first, ['alice', 'wonderland']), 230);
  assert.equal(await loginCode(t, first, ['bob', 'the:builder']), 230);
  assert.equal(await loginCode(t, first, ['bob', 'builder']), 530);
  assert.equal((await first.stop()).code, 0);

  const second = await startWherry(t, { dataDirectory, words: ['--user', 'alice:looking glass', ...noSsh] });
  assert.equal(await loginCode(t, second, ['alice', 'wonderland']), 530);
  assert.equal(await loginCode(t, second, ['alice', 'looking glass']), 230);
  assert.equal(await loginCode(t, second, ['bob', 'the:builder']), 230);
});

test('rights follow :r and :rw', async (t) => {
  const server = await startWherry(t, {
    words: ['--user', 'reader:secret:r', '--user', 'writer:secret:rw', ...noSsh],
  });
  writeFileSync(join(server.directory, 'there.txt'), 'content');
  const { client: reader } = await tryLogin(t, server, ['reader', 'secret']);
  assert.equal((await reader.download('RETR there.txt')).toString(), 'content');
  await assertChangesNothing(reader);
  const { client: writer } = await tryLogin(t, server, ['writer', 'secret']);
  await writer.upload('STOR new.txt', 'written');
  assert.equal(readFileSync(join(server.directory, 'new.txt'), 'utf8'), 'written');
  assert.equal(readFileSync(join(server.directory, 'there.txt'), 'utf8'), 'content');
});

async function assertChangesNothing(client: RawClient): Promise<void> {
  await client.passive();
  await client.command('STOR new.txt', 550);
  await client.command('APPE there.txt', 550);
  await client.command('DELE there.txt', 550);
  await client.command('MKD made', 550);
  await client.command('RMD kept', 550);
  await client.command('SITE CHMOD 600 there.txt', 550);
  await client.command('MFMT 20200101000000 there.txt', 550);
  const { code } = await client.command('RNFR there.txt');
  if (code === 350) await client.command('RNTO elsewhere.txt', 550);
  else assert.equal(code, 550);
}

test('--read-only holds for accounts that may write', async (t) => {
  const server = await startWherry(t, { words: ['--user', 'alice:wonderland', '--read-only', ...noSsh] });
  writeFileSync(join(server.directory, 'there.txt'), 'content');
  mkdirSync(join(server.directory, 'kept'));
  const { client } = await tryLogin(t, server, ['alice', 'wonderland']);
  await assertChangesNothing(client);
  assert.equal((await client.download('RETR there.txt')).toString(), 'content');
  assert.ok(existsSync(join(server.directory, 'kept')));
});

test('--anonymous lets anonymous and ftp read, and nobody write', async (t) => {
  const server = await startWherry(t, { words: ['--anonymous', ...noSsh] });
  writeFileSync(join(server.directory, 'there.txt'), 'content');
  mkdirSync(join(server.directory, 'kept'));
  for (const name of ['anonymous', 'ftp']) {
    const { client, code } = await tryLogin(t, server, [name, 'me@example.org']);
    assert.equal(code, 230);
    assert.equal((await client.download('RETR there.txt')).toString(), 'content');
    await assertChangesNothing(client);
  }
  assert.equal(await loginCode(t, server, ['wherry', '']), 530);
});

test('without --anonymous there is no anonymous login', async (t) => {
  const server = await startWherry(t, { words: ['--user', 'alice:wonderland', ...noSsh] });
  assert.equal(await loginCode(t, server, ['anonymous', 'me@example.org']), 530);
});

test('--require-tls takes neither names nor data in the clear', async (t) => {
  const server = await startWherry(t, { words: ['--user', 'alice:wonderland', '--require-tls', ...noSsh] });
  const clear = await open(t, server.port());
  await clear.command('USER alice', 530);
  await clear.secure();
  await clear.command('USER alice', 331);
  await clear.command('PASS wonderland', 230);
  await clear.command('EPSV', 229);
  await clear.command('LIST', 521);
});

test('passwords are never logged, right or wrong', async (t) => {
  const server = await startWherry(t, {
    words: ['--user', 'alice:wonderland', '--log', 'commands', ...noSsh],
  });
  await loginCode(t, server, ['alice', 'wonderland']);
  await loginCode(t, server, ['alice', 'wunderland']);
  const { client } = await tryLogin(t, server, ['mallory', 'guess work']);
  await client.command('ACCT accounting secret');
  // Typed in lower case, with a mistake in the verb, or where nobody asked for it.
  await client.command('pass looking-glass');
  await client.command('QUIT', 221);
  client.destroy();
  assert.equal((await server.stop()).code, 0);
  const log = server.lines.join('\n') + server.errors();
  assert.match(log, /"PASS \*\*\*"/u);
  for (const secret of ['wonderland', 'wunderland', 'guess work', 'accounting secret', 'looking-glass']) {
    assert.ok(!log.includes(secret), `${secret} stands in the log`);
  }
});
