import { existsSync } from 'node:fs';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely, SqliteDialect } from 'kysely';
import { openAccountDatabase } from '#accounts/index.ts';
import { accountDatabaseKind } from '#accounts/sqlite/schema.ts';
import { openConnection } from '#sqlite/connection.ts';
import { currentSchemaVersion, migrate } from '#accounts/sqlite/migrations.ts';
import { noSettings } from '#accounts/settings/settings.ts';
import type { AccountTables } from '#accounts/sqlite/schema.ts';
import { Secret } from '#core/secret.ts';
import { temporaryDirectory } from './directory.ts';

const cost = { memoryKib: 64, passes: 1, parallelism: 1 };

test('accounts are there again after reopening, with every field', async (context) => {
  const file = join(await temporaryDirectory(context), 'accounts.db');
  const first = await openAccountDatabase(file, { cost });
  const added = await first.add({
    name: 'Zoe\u0308',
    password: new Secret('p'),
    home: '/srv/zoe',
    startDirectory: 'in/./x/..',
    rights: 'r',
    administrator: true,
    requireTls: true,
    fxpNetworks: ['192.0.2.0/24', '2001:db8::/32'],
  });
  await first.add({ name: 'bert' });
  first.close();
  const second = await openAccountDatabase(file, { cost });
  context.after(() => second.close());
  assert.deepEqual(await second.find('Zo\u00eb'), added);
  assert.equal(added.startDirectory, '/in');
  assert.deepEqual(added.fxpNetworks, ['192.0.2.0/24', '2001:db8::/32']);
  const bert = await second.find('bert');
  assert.deepEqual(
    { ...bert, createdAt: 0, changedAt: 0 },
    {
      ...noSettings,
      name: 'bert',
      enabled: true,
      comment: '',
      email: '',
      administrator: null,
      groups: [],
      principals: [],
      hasPassword: false,
      hasOneTimeCodes: false,
      hasAccountInformation: false,
      createdAt: 0,
      changedAt: 0,
    },
  );
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('accounts are changed, listed in pages and removed, and listeners hear of it', async (context) => {
  const database = await openAccountDatabase(join(await temporaryDirectory(context), 'a.db'), { cost });
  context.after(() => database.close());
  const heard: string[] = [];
  const stop = database.onChange((name) => void heard.push(name ?? '*'));
  for (const name of ['c', 'a', 'b']) await database.add({ name });
  const changed = await database.set('a', { enabled: false, rights: 'r' });
  assert.deepEqual([changed.enabled, changed.rights, changed.administrator], [false, 'r', null]);
  assert.deepEqual(
    (await database.list({ limit: 2 })).map(({ name }) => name),
    ['a', 'b'],
  );
  assert.deepEqual(
    (await database.list({ after: 'b' })).map(({ name }) => name),
    ['c'],
  );
  await database.remove('a');
  stop();
  await database.remove('b');
  assert.equal(await database.find('a'), null);
  assert.deepEqual(heard, ['c', 'a', 'b', 'a', 'a']);
});

test('what cannot be kept is refused by name and nothing is written', async (context) => {
  const database = await openAccountDatabase(join(await temporaryDirectory(context), 'a.db'), { cost });
  context.after(() => database.close());
  await database.add({ name: 'anna' });
  await assert.rejects(database.add({ name: 'anna' }), { code: 'exists' });
  await assert.rejects(database.add({ name: 'a/b' }), { code: 'name-invalid' });
  await assert.rejects(database.set('nobody', { enabled: false }), { code: 'not-found' });
  await assert.rejects(database.set('', { enabled: false }), { code: 'not-found' });
  await assert.rejects(database.remove('nobody'), { code: 'not-found' });
  await assert.rejects(database.set('anna', { fxpNetworks: ['10.0.0.0/33'] }), { code: 'invalid-argument' });
  await assert.rejects(database.set('anna', { fxpNetworks: ['example.org'] }), { code: 'invalid-argument' });
  await assert.rejects(database.set('anna', { password: new Secret('') }), { code: 'invalid-argument' });
  await assert.rejects(database.set('anna', { password: { hash: 'md5' } }), {
    code: 'invalid-argument',
  });
  await assert.rejects(database.set('anna', { home: 'a\0b' }), { code: 'invalid-argument' });
  assert.deepEqual(
    (await database.list()).map(({ name, hasPassword }) => [name, hasPassword]),
    [['anna', false]],
  );
});

test('many changes at once are done one after the other', async (context) => {
  const database = await openAccountDatabase(join(await temporaryDirectory(context), 'a.db'), { cost });
  context.after(() => database.close());
  const names = Array.from({ length: 50 }, (_, index) => `user${index}`);
  await Promise.all(names.map(async (name) => database.add({ name })));
  const doubled = await Promise.allSettled(names.map(async (name) => database.add({ name })));
  assert.ok(doubled.every(({ status }) => status === 'rejected'));
  assert.equal((await database.list()).length, 50);
});

test('no password is in the files', async (context) => {
  const directory = await temporaryDirectory(context);
  const database = await openAccountDatabase(join(directory, 'a.db'), { cost });
  await database.add({ name: 'anna', password: new Secret('open sesame 1234') });
  for (const file of ['a.db', 'a.db-wal']) {
    assert.ok(!(await readFile(join(directory, file))).includes('open sesame'));
  }
  database.close();
});

test('a closed database says so', async (context) => {
  const database = await openAccountDatabase(join(await temporaryDirectory(context), 'a.db'), { cost });
  database.close();
  database.close();
  await assert.rejects(database.find('anna'), { code: 'closed' });
  await assert.rejects(database.add({ name: 'anna' }), { code: 'closed' });
  assert.throws(() => database.foreignVersion(), { code: 'closed' });
});

test('a database of the first version is brought up to date with its accounts', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  const connection = openConnection(file, accountDatabaseKind);
  const old = new Kysely<AccountTables>({ dialect: new SqliteDialect({ database: connection }) });
  assert.equal(await migrate(old, 1), 1);
  connection.prepare(`insert into accounts values ('anna', null, '/srv', 'rw', 1, 0, 0, '[]', 5, 6)`).run([]);
  connection.close();
  const database = await openAccountDatabase(file, { cost });
  const anna = await database.find('anna');
  assert.deepEqual(
    [anna?.startDirectory, anna?.home, anna?.createdAt, anna?.changedAt],
    [null, '/srv', 5, 6],
  );
  database.close();
  const again = openConnection(file, accountDatabaseKind);
  const current = new Kysely<AccountTables>({ dialect: new SqliteDialect({ database: again }) });
  assert.equal(await migrate(current), 0);
  again.close();
});

test('a step that fails leaves the database at its old version', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  const connection = openConnection(file, accountDatabaseKind);
  const old = new Kysely<AccountTables>({ dialect: new SqliteDialect({ database: connection }) });
  connection.prepare('create table accounts (something text)').run([]);
  await assert.rejects(openAccountDatabase(file, { cost }));
  await assert.rejects(migrate(old));
  assert.equal(
    connection.prepare(`select 1 from sqlite_schema where name = 'schema_versions'`).all([]).length,
    0,
  );
  connection.close();
});

test('a database of a newer program is refused and stays as it is', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  (await openAccountDatabase(file, { cost })).close();
  const raw = new DatabaseSync(file);
  raw.exec(`insert into schema_versions values (${currentSchemaVersion + 1}, 'future', 0)`);
  raw.close();
  const before = await readFile(file);
  await assert.rejects(openAccountDatabase(file, { cost }), { code: 'unavailable', retryable: false });
  assert.deepEqual(await readFile(file), before);
});

test('the database of another program is refused and stays as it is', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  const raw = new DatabaseSync(file);
  raw.exec('create table theirs (x); insert into theirs values (1)');
  raw.close();
  const before = await readFile(file);
  await assert.rejects(openAccountDatabase(file, { cost }), { code: 'unavailable' });
  assert.deepEqual(await readFile(file), before);
});

test('a file that is no database is refused and stays as it is', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  const rubbish = randomBytes(10_000);
  await writeFile(file, rubbish);
  await assert.rejects(openAccountDatabase(file, { cost }), (error: Error & { code?: string }) => {
    return error.code === 'io' && !error.message.includes(file);
  });
  assert.deepEqual(await readFile(file), rubbish);
});

test('a damaged database is refused and stays as it is', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  const database = await openAccountDatabase(file, { cost });
  for (let index = 0; index < 40; index += 1) {
    await database.add({ name: `user${index}`, home: `/srv/${'x'.repeat(500)}` });
  }
  database.close();
  const bytes = await readFile(file);
  bytes.fill(0x5a, 3 * 4096, 6 * 4096);
  await writeFile(file, bytes);
  await assert.rejects(openAccountDatabase(file, { cost }), { code: 'io' });
  assert.deepEqual(await readFile(file), bytes);
});

test('a directory that is not there is named by a neutral code only', async (context) => {
  const file = join(await temporaryDirectory(context), 'missing', 'a.db');
  await assert.rejects(openAccountDatabase(file, { cost }), (error: Error & { code?: string }) => {
    return error.code === 'not-found' && !error.message.includes('missing');
  });
});

test('a database without a name is refused, and nothing is left in the working directory', async () => {
  await assert.rejects(openAccountDatabase(''), { code: 'invalid-argument' });
  assert.equal(existsSync('.lock'), false);
});
