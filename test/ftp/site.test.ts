import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFileSystem } from '#storage/index.ts';
import { BrokenReads } from './broken-reads.ts';
import { startServer } from './harness.ts';
import { at, contentOf, exists, put } from './tree.ts';

test('J03 SITE CHMOD changes permission bits and no others', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'a file');
  const client = await fixture.login();
  await client.command('SITE CHMOD 640 a file', 200);
  assert.equal((await fixture.fileSystem.stat(at('a file'))).mode, 0o640);
  await client.command('site chmod 6777 a file', 200);
  assert.equal((await fixture.fileSystem.stat(at('a file'))).mode, 0o777);
  for (const bad of ['999 a file', '64x a file', '640', '']) await client.command(`SITE CHMOD ${bad}`, 501);
  await client.command('SITE CHMOD 640 missing', 550);
  const reader = await fixture.login('bob', 'builder');
  await reader.command('SITE CHMOD 640 a file', 550);
});

test('J04 SITE UTIME understands both of its forms', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'a file');
  const client = await fixture.login();
  await client.command('SITE UTIME 202001020304 a file', 200);
  assert.equal((await client.command('MDTM a file', 213)).text, '213 20200102030400\r\n');
  await client.command('SITE UTIME 20200102030405 a file', 200);
  assert.equal((await client.command('MDTM a file', 213)).text, '213 20200102030405\r\n');
  await client.command('SITE UTIME a file 20190101000000 20180101000000 20170101000000 UTC', 200);
  const entry = await fixture.fileSystem.stat(at('a file'));
  assert.equal(entry.accessedAt, Date.UTC(2019, 0, 1));
  assert.equal(entry.modifiedAt, Date.UTC(2018, 0, 1));
  await client.command('SITE UTIME 202013010000 a file', 501);
  await client.command('SITE UTIME 202001010000 missing', 550);
});

test('J05 SITE IDLE, UMASK and HELP, and what is no SITE command', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('SITE IDLE', 200)).text, /\b300 seconds/);
  await client.command('SITE IDLE 600', 200);
  assert.match((await client.command('SITE IDLE', 200)).text, /\b600 seconds/);
  for (const bad of ['0', '-1', 'x', '99999999']) await client.command(`SITE IDLE ${bad}`, 501);
  await client.command('SITE UMASK 027', 200);
  assert.match((await client.command('SITE UMASK', 200)).text, /027/);
  await client.upload('STOR masked', 'x');
  await client.command('MKD maskeddir', 257);
  assert.equal((await fixture.fileSystem.stat(at('masked'))).mode, 0o640);
  assert.equal((await fixture.fileSystem.stat(at('maskeddir'))).mode, 0o750);
  await client.command('SITE UMASK 1777', 501);
  await client.command('SITE UMASK 9', 501);
  const { text } = await client.command('SITE HELP', 214);
  for (const verb of [
    'CHMOD',
    'UTIME',
    'SYMLINK',
    'COPY',
    'CPFR',
    'CPTO',
    'UMASK',
    'IDLE',
    'WHO',
    'MKDIR',
    'RMDIR',
  ]) {
    assert.match(text, new RegExp(` SITE ${verb}`));
    assert.match((await client.command(`SITE HELP ${verb}`, 214)).text, new RegExp(`SITE ${verb}`));
  }
  assert.match((await client.command('HELP SITE', 214)).text, /CHMOD/);
  await client.command('SITE HELP NONSENSE', 501);
  await client.command('SITE EXEC ls', 500);
  await client.command('SITE', 501);
});

test('SITE WHO is for administrators', async () => {
  await using fixture = await startServer();
  const alice = await fixture.login();
  await alice.command('SITE WHO', 550);
  const carol = await fixture.login('carol', 'christmas');
  const { text } = await carol.command('SITE WHO', 211);
  assert.match(text, / ftp alice 127\.0\.0\.1 /);
  assert.match(text, / ftp carol 127\.0\.0\.1 /);
  await carol.command('SITE WHO now', 501);
});

test('J12 SITE CPFR and CPTO copy, next to each other only; SITE COPY does it at once', async () => {
  for (const fileSystem of [new MemoryFileSystem(), new BrokenReads()]) {
    await using fixture = await startServer({ fileSystem });
    await put(fileSystem, 'from', 'content'.repeat(100_000));
    const client = await fixture.login();
    await client.command('MKD dir', 257);
    await client.command('SITE CPFR from', 350);
    await client.command('SITE CPTO dir/to here', 250);
    assert.equal(await contentOf(fileSystem, 'dir/to here'), await contentOf(fileSystem, 'from'));
    await client.command('SITE CPTO other', 503);
    await client.command('SITE CPFR from', 350);
    await client.command('NOOP', 200);
    await client.command('SITE CPTO other', 503);
    await client.command('SITE CPFR from', 350);
    await client.command('SITE UMASK', 200);
    await client.command('SITE CPTO other', 503);
    await client.command('SITE CPFR missing', 550);
    await client.command('SITE CPFR dir', 550);
    await client.command('SITE COPY "from" "second copy"', 200);
    assert.equal(await contentOf(fileSystem, 'second copy'), await contentOf(fileSystem, 'from'));
    await client.command('SITE COPY from from', 550);
    await client.command('SITE COPY from', 501);
    await client.command('SITE COPY missing to', 550);
    assert.equal(await exists(fileSystem, 'to'), false);
    const reader = await fixture.login('bob', 'builder');
    await reader.command('SITE CPFR from', 350);
    await reader.command('SITE CPTO stolen', 550);
  }
});

test('J12 a copy that fails leaves nothing behind', async () => {
  const fileSystem = new BrokenReads();
  await using fixture = await startServer({ fileSystem });
  await put(fileSystem, 'broken', 'lost');
  await put(fileSystem, 'target', 'old');
  const client = await fixture.login();
  await client.command('SITE COPY broken fresh', 451);
  assert.equal(await exists(fileSystem, 'fresh'), false);
  await client.command('SITE COPY broken target', 451);
  assert.equal(await contentOf(fileSystem, 'target'), 'old');
});

test('C20 SITE MKDIR, RMDIR and SYMLINK', async () => {
  await using fixture = await startServer();
  const { fileSystem } = fixture;
  const client = await fixture.login();
  await client.command('SITE MKDIR a/b c/d', 200);
  assert.equal((await fileSystem.stat(at('a/b c/d'))).type, 'directory');
  await client.command('SITE MKDIR a/b c', 200);
  await put(fileSystem, 'a/f', 'linked');
  await client.command('SITE MKDIR a/f/g', 550);
  await client.command('SITE SYMLINK f a/l', 200);
  await client.command('SITE SYMLINK "/a/f" "another link"', 200);
  assert.match((await client.command('MLST a/l', 250)).text, /type=file;size=6;.* \/a\/l\r\n/);
  assert.equal((await client.download('RETR another link')).toString(), 'linked');
  await client.command('SITE SYMLINK f a/l', 550);
  await client.command('SITE SYMLINK f', 501);
  await client.command('SITE RMDIR a', 200);
  assert.equal(await exists(fileSystem, 'a'), false);
  await client.command('SITE RMDIR a', 550);
  const reader = await fixture.login('bob', 'builder');
  for (const command of ['SITE MKDIR x', 'SITE SYMLINK f x']) await reader.command(command, 550);
});
