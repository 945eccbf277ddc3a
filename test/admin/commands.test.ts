import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openAccountDatabase } from '#accounts/index.ts';
import { noSsh, program, runWherry, scratch, startWherry } from '#test/cli/wherry-process.ts';

/** Runs `wherry` on a data directory and gives what it printed as JSON, a value a line. */
async function json(
  dataDirectory: string,
  ...words: readonly string[]
): Promise<readonly Record<string, unknown>[]> {
  const { code, stdout, stderr } = await runWherry([...words, '--json', '--data-dir', dataDirectory]);
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function refused(dataDirectory: string, code: number, ...words: readonly string[]): Promise<string> {
  const ended = await runWherry([...words, '--data-dir', dataDirectory]);
  assert.equal(ended.code, code, `${words.join(' ')}: ${ended.stderr}`);
  assert.equal(ended.stdout, '');
  return ended.stderr;
}

/** The life of an account, from the group it is in to its end. */
async function throughLife(t: TestContext, dataDirectory: string): Promise<void> {
  const secret = join(scratch(t), 'password');
  writeFileSync(secret, 'wonderland\nsecond line\n');
  const words = ['--password-file', secret, '--rights', 'none', '--allow', '/incoming=w', '--quota', '10 MB'];
  const [alice] = await json(dataDirectory, 'user', 'add', 'alice', ...words);
  assert.deepEqual(alice?.['limits'], { quotaBytes: 10_000_000 });
  assert.ok(!JSON.stringify(alice).includes('wonderland'));
  assert.match(
    await refused(dataDirectory, 5, 'user', 'add', 'alice', '--no-password'),
    /account of that name/u,
  );
  assert.match(await refused(dataDirectory, 5, 'user', 'show', 'nobody'), /no account "nobody"/u);
  await json(dataDirectory, 'group', 'add', 'staff', '--rights', 'r', '--comment', 'those inside');
  const [changed] = await json(dataDirectory, 'user', 'set', 'alice', '--groups', 'staff', '--sessions', '3');
  assert.deepEqual(changed?.['limits'], { quotaBytes: 10_000_000, sessions: 3 });
  const [lifted] = await json(
    dataDirectory,
    'user',
    'set',
    'alice',
    '--quota',
    'inherit',
    '--rights',
    'inherit',
  );
  assert.deepEqual([lifted?.['limits'], lifted?.['rights']], [{ sessions: 3 }, null]);
  const [shown] = await json(dataDirectory, 'group', 'show', 'staff');
  assert.deepEqual(shown?.['members'], ['alice']);
  const rows = await json(dataDirectory, 'access', 'explain', 'alice', '/incoming/../incoming/a.txt');
  const answers = new Map(rows.map((row) => [row['permission'], row]));
  assert.equal(answers.get('upload')?.['allowed'], true);
  assert.match(String(answers.get('upload')?.['rule']), /rule 1 of the account/u);
  assert.equal(answers.get('delete')?.['allowed'], false);
  assert.equal(answers.get('download')?.['allowed'], true);
  const denied = await runWherry([
    'access',
    'explain',
    'alice',
    '/x',
    '--right',
    'delete',
    '--data-dir',
    dataDirectory,
  ]);
  assert.equal(denied.code, 5);
  const line =
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhf5oNHXBTx5CXNKOAqTGgGHbNVSJKWcnwIzwfDTPfu alice@laptop';
  const keyFile = join(scratch(t), 'id.pub');
  writeFileSync(keyFile, `${line}\n`);
  const [key] = await json(dataDirectory, 'key', 'add', 'alice', keyFile);
  const fingerprint = String(key?.['fingerprint']);
  assert.match(fingerprint, /^SHA256:/u);
  assert.equal((await json(dataDirectory, 'key', 'list', 'alice')).length, 1);
  await json(dataDirectory, 'key', 'remove', 'alice', fingerprint);
  assert.deepEqual(await json(dataDirectory, 'key', 'list', 'alice'), []);
  const [ban] = await json(dataDirectory, 'ban', 'add', '198.51.100.7', '--for', '1h', '--reason', 'scans');
  assert.equal(Number(ban?.['expiresAt']) - Number(ban?.['createdAt']), 3_600_000);
  assert.equal((await json(dataDirectory, 'ban', 'list')).length, 1);
  await json(dataDirectory, 'ban', 'remove', '198.51.100.7');
  assert.match(await refused(dataDirectory, 2, 'ban', 'add', '0.0.0.0/0'), /too wide/u);
  const [root] = await json(dataDirectory, 'admin', 'create', 'root', '--generate-password');
  assert.match(String(root?.['generatedPassword']), /^[a-z2-9]{5}(?:-[a-z2-9]{5}){3}$/u);
  const [token] = await json(
    dataDirectory,
    'token',
    'add',
    'root',
    '--scopes',
    'accounts:read',
    '--expires',
    '1d',
  );
  assert.match(String(token?.['secret']), /^wherry\./u);
  const [listed] = await json(dataDirectory, 'token', 'list');
  assert.equal(listed?.['id'], token?.['id']);
  assert.ok(!JSON.stringify(listed).includes(String(token?.['secret']).split('.')[2] ?? ''));
  assert.match(
    await refused(dataDirectory, 2, 'token', 'add', 'alice', '--scopes', 'accounts:read'),
    /administers nothing/u,
  );
  await json(dataDirectory, 'admin', 'remove', 'root');
  assert.deepEqual(await json(dataDirectory, 'token', 'list'), []);
  await json(dataDirectory, 'user', 'remove', 'alice');
  await json(dataDirectory, 'group', 'remove', 'staff');
  await json(dataDirectory, 'user', 'remove', 'root');
}

test('the commands work over the databases when no server runs', async (t) => {
  const dataDirectory = join(scratch(t), 'made', 'on', 'the', 'way');
  await json(dataDirectory, 'group', 'add', 'staff', '--rights', 'r');
  const [alice] = await json(
    dataDirectory,
    'user',
    'add',
    'alice',
    '--generate-password',
    '--groups',
    'staff',
  );
  assert.match(String(alice?.['generatedPassword']), /^[a-z2-9]{5}-/u);
  assert.equal(statSync(dataDirectory).mode & 0o777, 0o700);
  const rows = await json(dataDirectory, 'access', 'explain', 'alice', '/', '--right', 'download');
  assert.equal(rows[0]?.['allowed'], true);
  await json(dataDirectory, 'ban', 'add', '198.51.100.7');
  assert.match(
    await refused(dataDirectory, 5, 'user', 'add', 'alice', '--no-password'),
    /account of that name/u,
  );
  assert.match(await refused(dataDirectory, 3, 'log', '--follow'), /no server runs/u);
  assert.match(await refused(dataDirectory, 3, 'config', 'reload'), /no server runs/u);
});

test('they work through the running server, which tells of every change', async (t) => {
  const server = await startWherry(t, { words: [...noSsh, '--host', '127.0.0.1'] });
  assert.equal(statSync(join(server.dataDirectory, 'admin.sock')).mode & 0o777, 0o600);
  await throughLife(t, server.dataDirectory);
  const changes = server.lines.filter((line) => line.includes('"administration"'));
  assert.ok(changes.length > 10);
  assert.ok(!server.lines.some((line) => line.includes('wonderland')));
});

test('a change takes hold of the running server at once', async (t) => {
  const server = await startWherry(t, {
    words: [...noSsh, '--host', '127.0.0.1', '--user', 'alice:wonderland'],
  });
  const url = `ftp://alice:wonderland@127.0.0.1:${server.port()}/`;
  const list = async (): Promise<number | null> => {
    const child = spawn('curl', ['-sS', '--max-time', '20', url], { stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  assert.equal(await list(), 0);
  await json(server.dataDirectory, 'user', 'set', 'alice', '--disable');
  assert.equal(await list(), 67);
  await json(server.dataDirectory, 'user', 'set', 'alice', '--enable', '--password', 'other');
  assert.equal(await list(), 67);
});

test('a server on which nobody changes anything says that it decides', async (t) => {
  const server = await startWherry(t, {
    words: [...noSsh, '--host', '127.0.0.1', '--read-only', '--user', 'alice:wonderland'],
  });
  const rows = await json(server.dataDirectory, 'access', 'explain', 'alice', '/in/a.txt');
  const answers = new Map(rows.map((row) => [row['permission'], row]));
  assert.equal(answers.get('download')?.['allowed'], true);
  assert.equal(answers.get('upload')?.['allowed'], false);
  assert.equal(answers.get('upload')?.['rule'], 'the server is read-only');
});

test('a passkey or the codes of somebody who has lost the device are taken away', async (t) => {
  const dataDirectory = scratch(t);
  const database = await openAccountDatabase(join(dataDirectory, 'wherry.db'));
  await database.add({ name: 'alice' });
  await database.add({ name: 'bob' });
  const passkey = {
    account: 'alice',
    publicKey: 'a-key',
    counter: 0,
    transports: [],
    relyingParty: 'localhost',
  };
  await database.passkeys.add({ ...passkey, id: 'first', name: 'telephone' });
  await database.passkeys.add({ ...passkey, id: 'second', name: 'key ring' });
  database.close();
  const listed = await json(dataDirectory, 'passkey', 'list', 'alice');
  assert.deepEqual(
    listed.map(({ id, name }) => [id, name]),
    [
      ['first', 'telephone'],
      ['second', 'key ring'],
    ],
  );
  assert.ok(!JSON.stringify(listed).includes('a-key'));
  assert.match(
    await refused(dataDirectory, 5, 'passkey', 'remove', 'bob', 'first'),
    /passkey "first": there is none/u,
  );
  assert.match(await refused(dataDirectory, 5, 'passkey', 'list', 'nobody'), /no account "nobody"/u);
  await json(dataDirectory, 'passkey', 'remove', 'alice', 'first');
  const left = await json(dataDirectory, 'passkey', 'list', 'alice');
  assert.deepEqual(
    left.map(({ id }) => id),
    ['second'],
  );
  await json(dataDirectory, 'user', 'codes', 'alice');
  const [demanded] = await json(dataDirectory, 'user', 'show', 'alice');
  assert.equal(demanded?.['hasOneTimeCodes'], true);
  await json(dataDirectory, 'user', 'codes', 'alice', '--off');
  const [freed] = await json(dataDirectory, 'user', 'show', 'alice');
  assert.equal(freed?.['hasOneTimeCodes'], false);
});

test('a session is listed and ended, and the log follows', async (t) => {
  const server = await startWherry(t, {
    words: [...noSsh, '--host', '127.0.0.1', '--user', 'alice:wonderland'],
  });
  const log = spawn(program, ['log', '--follow', '--json', '--data-dir', server.dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => log.kill('SIGKILL'));
  let followed = '';
  log.stdout.on('data', (chunk: Buffer) => (followed += chunk.toString()));
  const client = spawn('sh', [
    '-c',
    `exec 3<>/dev/null; { printf 'USER alice\\r\\nPASS wonderland\\r\\n'; cat; } | exec openssl s_client -quiet -starttls ftp -connect 127.0.0.1:${server.port()} 2>/dev/null`,
  ]);
  t.after(() => client.kill('SIGKILL'));
  await server.event(({ event }) => event === 'login-accepted');
  const [session] = await json(server.dataDirectory, 'session', 'list');
  assert.deepEqual([session?.['account'], session?.['protocol']], ['alice', 'ftp']);
  assert.match(await refused(server.dataDirectory, 5, 'session', 'kick', 'zzz'), /no such session/u);
  const [ended] = await json(server.dataDirectory, 'session', 'kick', '--user', 'alice', '--reason', 'noon');
  assert.equal(ended?.['ended'], 1);
  const closed = await server.event(({ event }) => event === 'session-closed');
  assert.equal(closed['reason'], 'noon');
  while (!followed.includes('"session-closed"')) await once(log.stdout, 'data');
  log.kill('SIGINT');
  assert.deepEqual(await once(log, 'exit'), [0, null]);
});

test('passwords: none on the command line unseen, and nothing is asked where nobody answers', async (t) => {
  const directory = scratch(t);
  const told = await runWherry([
    'user',
    'add',
    'eve',
    '--password',
    'seen',
    '--json',
    '--data-dir',
    directory,
  ]);
  assert.equal(told.code, 0);
  assert.match(told.stderr, /can be seen by everybody/u);
  assert.match(await refused(directory, 2, 'user', 'add', 'carol'), /--password-file/u);
  const given = await runWherry(['user', 'add', 'carol', '--data-dir', directory], {
    WHERRY_PASSWORD: 'rabbit',
  });
  assert.equal(given.code, 0, given.stderr);
  assert.match(
    await refused(directory, 2, 'key', 'add', 'eve', join(import.meta.dirname, 'none.pub')).catch(String),
    /none\.pub|not/u,
  );
});

test('every problem of a command line is told, with a hint', async (t) => {
  const directory = scratch(t);
  const problems = await refused(
    directory,
    2,
    'user',
    'add',
    'x',
    '--no-password',
    '--quota',
    'much',
    '--tunnel',
    'maybe',
    '--hours',
    'always',
  );
  for (const flag of ['--quota much', '--tunnel maybe', '--hours always'])
    assert.ok(problems.includes(flag), problems);
  assert.match(await refused(directory, 2, 'user', 'add'), /NAME is missing/u);
  assert.match(await refused(directory, 2, 'user', 'remvoe', 'x'), /did you mean "remove"/u);
  assert.match(await refused(directory, 2, 'user', 'list', '--grup', 'x'), /did you mean --group/u);
  assert.ok(!existsSync(join(directory, 'wherry.db')));
});

test('what cannot be meant is refused before anything is done', async (t) => {
  const directory = scratch(t);
  await json(directory, 'user', 'add', 'alice', '--no-password');
  const senseless = {
    rights: 'rwx',
    methods: 'pasword',
    protocols: 'ftp2',
    'minimum-tls': '1.1',
    expires: '90',
  };
  const flags = Object.entries(senseless).flatMap(([flag, word]) => [`--${flag}`, word]);
  const problems = await refused(directory, 2, 'user', 'set', 'alice', ...flags);
  for (const [flag, word] of Object.entries(senseless))
    assert.match(problems, new RegExp(`--${flag} ${word}: (?:choose of|give) .*inherit`, 'u'));
  const wrong: readonly (readonly [number, RegExp, ...string[]])[] = [
    [2, /--event uplaod: choose of login/u, 'log', '--event', 'uplaod'],
    [2, /--outcome ok: choose of completed/u, 'log', '--outcome', 'ok'],
    [5, /no group "stuff"/u, 'admin', 'create', 'help', '--groups', 'stuff', '--generate-password'],
    [5, /no account "help"/u, 'user', 'show', 'help'],
    [5, /slashes, "\.\.", control characters/u, 'user', 'add', 'a/b', '--no-password'],
  ];
  for (const [code, words, ...line] of wrong) assert.match(await refused(directory, code, ...line), words);
  const [alice] = await json(directory, 'user', 'show', 'alice');
  assert.deepEqual([alice?.['administrator'], alice?.['expiresAt']], [null, null]);
  await json(directory, 'admin', 'create', 'alice');
  const token = ['token', 'add', 'alice', '--scopes', 'log:read', '--expires'];
  assert.match(await refused(directory, 2, ...token, '90'), /give a time as 90d/u);
  assert.match(await refused(directory, 2, ...token, '2020-01-01'), /expired already/u);
  await json(directory, 'log', '--event', 'user.add,upload,overwrite', '--outcome', 'refused,completed');
});

test('a data directory that is not there is not made by looking', async (t) => {
  const directory = join(scratch(t), 'slip');
  assert.match(await refused(directory, 5, 'user', 'list'), /There is no data directory .*slip/u);
  assert.ok(!existsSync(directory));
  await json(directory, 'group', 'add', 'staff');
  assert.ok(existsSync(join(directory, 'wherry.db')));
});

test('what holds for an account is told in words, each limit with who says it', async (t) => {
  const directory = scratch(t);
  await json(directory, 'group', 'add', 'staff', '--rights', 'r', '--allow', '/in=lw', '--quota', '10GB');
  await json(directory, 'user', 'add', 'alice', '--no-password', '--groups', 'staff', '--sessions', '3');
  const words = ['user', 'show', 'alice', '--effective', '--data-dir', directory];
  const { stdout } = await runWherry(words);
  for (const line of [
    /^rules\s+\/in allows list, upload, overwrite {2}\(the group staff\)$/mu,
    /^quota\s+10 GB {2}\(the group staff\)$/mu,
    /^sessions\s+3 {2}\(the account\)$/mu,
    /^home\s+- {2}\(the default\)$/mu,
  ])
    assert.match(stdout, line);
  assert.ok(!/null|[{}[\]"]/u.test(stdout), stdout);
});

test('config: check, show and schema', async (t) => {
  const directory = scratch(t);
  const file = join(directory, 'wherry.yaml');
  writeFileSync(file, 'listen:\n  ftp: 21\naccounts:\n  users:\n    - { name: a, password: hunter2 }\n');
  const good = await runWherry(['config', 'check', '--config', file]);
  assert.deepEqual([good.code, good.stdout], [0, `${file} is in order.\n`]);
  const shown = await runWherry(['config', 'show', '--config', file]);
  assert.match(shown.stdout, /ftp: 21/u);
  assert.ok(!shown.stdout.includes('hunter2'));
  const origins = await runWherry(['config', 'show', '--origin', '--config', file], { WHERRY_FTPS: '990' });
  assert.match(origins.stdout, new RegExp(`^listen\\.ftp\\t21\\t${file}:2$`, 'mu'));
  assert.match(origins.stdout, /^listen\.ftps\t990\tWHERRY_FTPS$/mu);
  assert.match(origins.stdout, /^listen\.sftp\t2022\tdefault$/mu);
  writeFileSync(file, 'lissten: {}\n');
  const bad = await runWherry(['config', 'check', '--config', file]);
  assert.deepEqual(
    [bad.code, bad.stderr],
    [2, `wherry: ${file}:1: lissten: there is no such setting; did you mean "listen"?\n`],
  );
  const schema = await runWherry(['config', 'schema']);
  assert.equal((JSON.parse(schema.stdout) as { readonly title: string }).title, 'wherry.yaml');
});

test('every action helps with examples that it understands', async () => {
  const { stdout } = await runWherry(['--help']);
  const names = ['user', 'group', 'admin', 'token', 'key', 'session', 'ban', 'config', 'access'];
  for (const name of names) {
    assert.match(stdout, new RegExp(`^ {2}${name} `, 'mu'));
    const help = await runWherry([name, '--help']);
    assert.equal(help.code, 0);
    for (const [, word = ''] of help.stdout.matchAll(
      new RegExp(`^ {2}(?:.*\\| )?wherry ${name} (\\w+)`, 'gmu'),
    )) {
      assert.match(
        help.stdout,
        new RegExp(`^(?: {2}|Usage: wherry ${name} )${word}(?: |$)`, 'mu'),
        `${name} ${word}`,
      );
    }
  }
  const one = await runWherry(['user', 'add', '--help']);
  assert.match(one.stdout, /^Usage: wherry user add NAME/u);
});

test('a data directory with a long path has its socket too', async (t) => {
  const dataDirectory = join(scratch(t), 'd'.repeat(120));
  const server = await startWherry(t, { dataDirectory, words: [...noSsh, '--host', '127.0.0.1'] });
  const [made] = await json(dataDirectory, 'user', 'add', 'alice', '--no-password');
  assert.equal(made?.['name'], 'alice');
  await server.event(({ event }) => event === 'administration');
  await server.stop();
  assert.ok(!existsSync(join(dataDirectory, 'admin.sock')));
  assert.equal((await json(dataDirectory, 'user', 'list')).length, 2);
});

test('two processes do not write one database', async (t) => {
  const server = await startWherry(t, { words: [...noSsh, '--host', '127.0.0.1'] });
  // As if the socket had been lost: then the lock of the database is what tells.
  const { unlinkSync } = await import('node:fs');
  unlinkSync(join(server.dataDirectory, 'admin.sock'));
  const before = readFileSync(join(server.dataDirectory, 'wherry.db'));
  const stderr = await refused(server.dataDirectory, 1, 'user', 'list');
  assert.match(stderr, /another wherry is using it/u);
  assert.deepEqual(readFileSync(join(server.dataDirectory, 'wherry.db')), before);
});
