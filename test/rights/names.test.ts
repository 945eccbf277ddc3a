import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { codeAt, stepAt } from '#accounts/one-time-code.ts';
import type { NewAccount } from '#accounts/index.ts';
import { openFlag, packetType, status } from '#protocols/sftp/wire/packet-types.ts';
import { at, put } from '#storage/conformance/harness.ts';
import { RawClient } from '../ftp/harness.ts';
import { statusOf, type RawSftp } from '../sftp/sftp-fixture.ts';
import { password, startScene, type Scene } from './scene.ts';
import { openSftp } from './sftp-client.ts';

async function connectFtp(context: TestContext, scene: Scene): Promise<RawClient> {
  const client = await RawClient.connect('127.0.0.1', scene.port('ftp'));
  context.after(() => client.destroy());
  await client.expect(220);
  await client.command('USER anna', 331);
  return client;
}

async function loginFtp(context: TestContext, scene: Scene): Promise<RawClient> {
  const client = await connectFtp(context, scene);
  await client.command(`PASS ${password}`, 230);
  return client;
}

async function statOf(client: RawSftp, path: string): Promise<number> {
  const answer = await client.ask(packetType.stat, (writer) => writer.string(path));
  return answer.type === packetType.attributes ? status.ok : statusOf(answer);
}

async function openOf(client: RawSftp, path: string, flags: number): Promise<number> {
  const answer = await client.ask(packetType.open, (writer) => writer.string(path).uint32(flags).uint32(0));
  return answer.type === packetType.handle ? status.ok : statusOf(answer);
}

const rules: NewAccount['nameRules'] = [
  { names: ['.*', 'Thumbs.db'], treatment: 'hide' },
  { names: ['*.{exe,php}'], treatment: 'deny', within: '/in' },
];

async function startWithNames(context: TestContext): Promise<Scene> {
  const scene = await startScene(context, { nameRules: rules });
  const { fileSystem } = scene;
  for (const path of ['/in', '/.git', '/out']) fileSystem.makeDirectory(at(path));
  for (const path of ['/.git/config', '/in/a.txt', '/in/old.EXE', '/out/b.exe', '/in/thumbs.DB']) {
    await put(fileSystem, path, 'x');
  }
  return scene;
}

test('FTP: hidden names are not listed, not found and cannot be made; denied ones are seen and untouchable', async (context) => {
  const scene = await startWithNames(context);
  const client = await loginFtp(context, scene);
  const root = (await client.download('NLST')).toString();
  assert.deepEqual(root.trim().split('\r\n').sort(), ['in', 'out']);
  assert.deepEqual(
    (await client.download('NLST in'))
      .toString()
      .trim()
      .split('\r\n')
      .map((line) => line.replace(/^in\//u, ''))
      .sort(),
    ['a.txt', 'old.EXE'],
  );
  for (const line of ['SIZE /.git/config', 'CWD /.git', 'MLST /.git', 'DELE /in/Thumbs.db']) {
    await client.command(line, 550);
  }
  for (const line of ['MKD /.hidden', 'DELE /in/old.EXE', 'MKD /in/x.php']) await client.command(line, 550);
  await client.command('MLST /in/old.EXE', 250);
  await client.command('DELE /out/b.exe', 250);
  await client.command('RNFR /in/a.txt', 350);
  await client.command('RNTO /in/a.Php', 550, 553);
  assert.ok(
    scene.events.some((event) => event.event === 'denied' && /name rule 2 of the account/u.test(event.rule)),
  );
});

test('SFTP: the same', async (context) => {
  const scene = await startWithNames(context);
  const client = await openSftp(context, scene.port('sftp'));
  const making = openFlag.write | openFlag.create | openFlag.truncate;
  assert.equal(await statOf(client, '/.git/config'), status.noSuchFile);
  assert.equal(await statOf(client, '/in/thumbs.DB'), status.noSuchFile);
  assert.equal(await openOf(client, '/.git/config', openFlag.read), status.noSuchFile);
  assert.equal(await openOf(client, '/.git/new', making), status.permissionDenied);
  assert.equal(await openOf(client, '/in/new.exe', making), status.permissionDenied);
  assert.equal(await openOf(client, '/in/old.EXE', openFlag.read), status.permissionDenied);
  assert.equal(await statOf(client, '/in/old.EXE'), status.ok);
  assert.equal(await openOf(client, '/out/b.exe', openFlag.read), status.ok);
  assert.equal(await openOf(client, '/in/new.txt', making), status.ok);
});

test('a change of the rights takes hold of sessions that are running, a disabled account ends them', async (context) => {
  const scene = await startScene(context, {});
  await put(scene.fileSystem, '/file', 'x');
  const client = await loginFtp(context, scene);
  await client.command('SIZE /file', 213);
  await scene.database.groups.add({ name: 'closed', rules: [{ path: '/', deny: 'all' }] });
  await scene.database.set('anna', { groups: ['closed'] });
  // Sessions hear of it a moment later; a command that is refused shows that they have.
  for (;;) if ((await client.command('SIZE /file')).code === 550) break;
  await scene.database.groups.set('closed', { rules: null });
  for (;;) if ((await client.command('SIZE /file')).code === 213) break;
  await scene.database.set('anna', { enabled: false });
  await client.end();
});

test('FTP takes a one-time code as a second password, and after the password', async (context) => {
  const scene = await startScene(context, {});
  const { secret } = await scene.database.oneTimeCodes.enrol('anna');
  const code = codeAt(secret, stepAt(Date.now()));
  const client = await connectFtp(context, scene);
  await client.command(`PASS ${password}`, 331);
  await client.command(`PASS ${code}`, 230);
  const again = await connectFtp(context, scene);
  await again.command(`PASS ${password}${code}`, 530);
  const next = await connectFtp(context, scene);
  await next.command(`PASS ${password}${codeAt(secret, stepAt(Date.now()) + 1)}`, 230);
});
