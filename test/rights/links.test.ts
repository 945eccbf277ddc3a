import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { NewAccount } from '#accounts/index.ts';
import { openFlag, packetType, status } from '#protocols/sftp/wire/packet-types.ts';
import type { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { local } from '#storage/index.ts';
import { at, put } from '#storage/conformance/harness.ts';
import { RawClient } from '../ftp/harness.ts';
import { statusOf } from '../sftp/sftp-fixture.ts';
import { password, startScene, type Scene } from './scene.ts';
import { openSftp } from './sftp-client.ts';

/** `/secret` is forbidden, `/public` is not, and links in the latter lead to both. */
const forbidding: Omit<NewAccount, 'name'> = {
  rights: 'rw',
  rules: [
    {
      path: '/secret',
      deny: ['list', 'download', 'upload', 'overwrite', 'append', 'checksum', 'change-mode'],
    },
  ],
};

const hiding: Omit<NewAccount, 'name'> = {
  rights: 'rw',
  nameRules: [{ names: ['secret'], treatment: 'hide' }],
};

async function start(context: TestContext, account: Omit<NewAccount, 'name'>): Promise<Scene> {
  const scene = await startScene(context, account);
  const { fileSystem } = scene;
  for (const path of ['/secret', '/public', '/public/sub']) fileSystem.makeDirectory(at(path));
  for (const path of ['/secret/file', '/public/sub/file']) await put(fileSystem, path, 'content');
  fileSystem.createSymlink('../secret/file', at('/public/to-file'));
  fileSystem.createSymlink('/secret', at('/public/to-directory'));
  fileSystem.createSymlink('../secret/new', at('/public/to-nothing'));
  fileSystem.createSymlink('to-directory', at('/public/to-link'));
  fileSystem.createSymlink('sub/file', at('/public/to-allowed'));
  return scene;
}

async function loginFtp(context: TestContext, scene: Scene): Promise<RawClient> {
  const client = await RawClient.connect('127.0.0.1', scene.port('ftp'));
  context.after(() => client.destroy());
  await client.expect(220);
  await client.command('USER anna', 331);
  await client.command(`PASS ${password}`, 230);
  return client;
}

const ways = ['/public/to-file', '/public/to-directory/file', '/public/to-link/file'];

for (const [how, account] of [
  ['rights', forbidding],
  ['names', hiding],
] as const) {
  test(`FTP: no link leads around ${how}`, async (context) => {
    const scene = await start(context, account);
    const client = await loginFtp(context, scene);
    await client.command('TYPE I', 200);
    for (const path of ways) {
      await client.command(`SIZE ${path}`, 550);
      await client.command('EPSV', 229);
      await client.command(`RETR ${path}`, 550);
      await client.command(`APPE ${path}`, 550, 553);
      await client.command(`SITE CHMOD 600 ${path}`, 550);
      await client.command(`XCRC ${path}`, 550, 502);
    }
    await client.command('STOR /public/to-nothing', 550, 553);
    await client.command('STOR /public/to-directory/new', 550, 553);
    await client.command('CWD /public/to-directory', 550);
    assert.equal((await client.download('RETR /public/to-allowed')).toString(), 'content');
    const listing = (await client.download('MLSD /public')).toString();
    assert.match(listing, / to-file\r\n/u);
    assert.doesNotMatch(listing, /type=file;[^\r]* to-file\r\n/u);
    // The link itself is in an allowed place, so it may go; what it leads to stays.
    await client.command('DELE /public/to-file', 250);
    assert.equal(scene.fileSystem.stat(at('/secret/file')).size, 7);
  });

  test(`SFTP: no link leads around ${how}`, async (context) => {
    const scene = await start(context, account);
    const client = await openSftp(context, scene.port('sftp'));
    const open = async (path: string, flags: number): Promise<number> => {
      const write = (raw: SftpWriter) => raw.string(path).uint32(flags).uint32(0);
      const answer = await client.ask(packetType.open, write);
      return answer.type === packetType.handle ? status.ok : statusOf(answer);
    };
    const refused = how === 'names' ? status.noSuchFile : status.permissionDenied;
    for (const path of ways) {
      assert.equal(await open(path, openFlag.read), refused, path);
      const stat = await client.ask(packetType.stat, (raw) => raw.string(path));
      assert.equal(statusOf(stat), refused, path);
    }
    const creating = openFlag.write | openFlag.create;
    assert.notEqual(await open('/public/to-nothing', creating), status.ok);
    assert.notEqual(await open('/public/to-directory/new', creating), status.ok);
    assert.equal(
      statusOf(await client.ask(packetType.opendir, (raw) => raw.string('/public/to-link'))),
      refused,
    );
    assert.equal(await open('/public/to-allowed', openFlag.read), status.ok);
    const real = await client.ask(packetType.realpath, (raw) => raw.string('/public/to-link'));
    const told = real.type === packetType.name && real.reader.uint32() === 1 ? real.reader.text() : '';
    assert.ok(['', '/public/to-link'].includes(told), `where it leads is not told: ${told}`);
  });
}

test('a link that is swapped in behind a resolved path leads nowhere', async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'wherry-links-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ['secret', 'public']) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'file'), name);
  }
  const tree = local(root);
  context.after(() => tree.close());
  const strict = tree.withoutLinks();
  const path = at('/public/file');
  assert.equal((await strict.stat(path)).size, 6);
  rmSync(join(root, 'public'), { recursive: true });
  symlinkSync('secret', join(root, 'public'));
  assert.equal((await tree.stat(path)).size, 6);
  const refused = { code: /^(?:not-directory|link-loop)$/u };
  await assert.rejects(async () => strict.stat(path), refused);
  await assert.rejects(async () => strict.openRead(path), refused);
  await assert.rejects(async () => strict.openWrite(path), refused);
  await assert.rejects(async () => strict.makeDirectory(at('/public/new')), refused);
  await assert.rejects(async () => strict.removeFile(path), refused);
  await assert.rejects(async () => strict.rename(path, at('/moved')), refused);
  await assert.rejects(async () => Array.fromAsync(strict.readDirectory(at('/public'))), refused);
  rmSync(join(root, 'public'));
  mkdirSync(join(root, 'public'));
  symlinkSync('../secret/file', join(root, 'public', 'file'));
  await assert.rejects(async () => strict.openRead(path), { code: /^(?:link-loop|not-regular)$/u });
  await assert.rejects(async () => strict.openWrite(path), refused);
  assert.equal((await strict.stat(path)).type, 'symlink');
});
