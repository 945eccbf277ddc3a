import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connectSftp } from '#protocols/sftp/client/connect.ts';
import type { SftpClientOptions } from '#protocols/sftp/client/options.ts';
import type { SftpConnection } from '#protocols/sftp/client/sftp-connection.ts';
import type { SessionProgram } from '#protocols/ssh/server/server-options.ts';
import { local } from '#storage/index.ts';
import { scratch } from '../ssh/programs.ts';
import { listen, serverOptions } from '../ssh/ssh-fixture.ts';
import { at, siteOptions } from './client-fixture.ts';

const program = '/usr/lib/openssh/sftp-server';

function lacking(): string | false {
  try {
    accessSync(program);
    return false;
  } catch {
    if (process.env['WHERRY_TESTS_COMPLETE'] === '1') throw new Error(`${program} is missing`);
    return `needs ${program}, which the Debian package openssh-sftp-server brings`;
  }
}

const skip = lacking();

/** OpenSSH's own sftp-server behind a channel, as sshd runs it. */
const sftpServer: SessionProgram = async (channel) => {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined);
  channel.signal.addEventListener('abort', () => child.kill());
  const feeding = (async () => {
    for (let data = await channel.receive(); data !== null; data = await channel.receive()) {
      if (!child.stdin.write(data)) await new Promise((resolve) => child.stdin.once('drain', resolve));
    }
    child.stdin.end();
  })().catch(() => undefined);
  for await (const chunk of child.stdout) await channel.write(chunk as Buffer);
  await feeding;
  return 0;
};

async function connectTo(t: TestContext, changes: Partial<SftpClientOptions> = {}): Promise<SftpConnection> {
  const { port } = await listen(t, serverOptions({ openSession: () => sftpServer }));
  const connection = await connectSftp(siteOptions(port, changes));
  t.after(() => connection.close());
  return connection;
}

test(
  "OpenSSH's sftp-server: files of every size go up and down whole, with mode and times",
  { skip },
  async (t) => {
    const connection = await connectTo(t);
    const [here, there] = [scratch(t), scratch(t)];
    const tree = local(here);
    for (const size of [0, 1, 32_767, 32_768, 126_976, 126_977, 3_000_000]) {
      const content = randomBytes(size);
      writeFileSync(join(here, 'from'), content);
      const source = await tree.openRead(at('/from'));
      const up = await connection.openWrite(at(join(there, 'file')), { mode: 0o640 });
      assert.equal(await up.copyFrom?.(source, { start: 0 }), size);
      await up.setAttributes({ modifiedAt: 1_600_000_000_000 });
      await up.finish();
      await source.close();
      assert.ok(readFileSync(join(there, 'file')).equals(content));
      assert.deepEqual(readdirSync(there), ['file']);
      assert.equal(statSync(join(there, 'file')).mtimeMs, 1_600_000_000_000);
      const down = await connection.openRead(at(join(there, 'file')));
      const target = await tree.openWrite(at('/to'));
      assert.equal(await down.copyTo?.(target, { start: 0 }), size);
      await target.finish();
      await down.close();
      assert.ok(readFileSync(join(here, 'to')).equals(content));
    }
  },
);

test("OpenSSH's sftp-server: names, links, attributes and space", { skip }, async (t) => {
  const connection = await connectTo(t);
  const there = scratch(t);
  const path = (name: string): ReturnType<typeof at> => at(join(there, name));
  await connection.makeDirectory(path('directory'));
  writeFileSync(join(there, 'directory', 'file'), 'content');
  await assert.rejects(connection.makeDirectory(path('directory')), { code: 'exists' });
  await assert.rejects(connection.removeDirectory(path('directory')), { code: 'not-empty' });
  await assert.rejects(connection.removeFile(path('directory')), { code: 'is-directory' });
  await assert.rejects(connection.openRead(path('directory')), { code: 'is-directory' });
  await assert.rejects(connection.openWrite(path('directory')), { code: 'is-directory' });
  await assert.rejects(connection.stat(path('none')), { code: 'not-found' });
  await connection.createSymlink('file', path('directory/link'));
  assert.equal(await connection.readSymlink(path('directory/link')), 'file');
  assert.equal(readFileSync(join(there, 'directory', 'link'), 'utf8'), 'content');
  await connection.createHardLink?.(path('directory/file'), path('hard'));
  assert.equal(statSync(join(there, 'hard')).nlink, 2);
  await assert.rejects(connection.rename(path('hard'), path('directory/link'), { overwrite: false }), {
    code: 'exists',
  });
  await connection.rename(path('hard'), path('moved'));
  await connection.setAttributes(path('moved'), { mode: 0o600, accessedAt: 1_500_000_000_000 });
  assert.equal(statSync(join(there, 'moved')).mode & 0o777, 0o600);
  assert.equal(statSync(join(there, 'moved')).atimeMs, 1_500_000_000_000);
  const entries = [];
  for await (const batch of connection.readDirectory(path('directory'))) entries.push(...batch);
  const link = entries.find(({ name }) => name === 'link');
  assert.deepEqual([link?.type, link?.linkTarget], ['symlink', 'file']);
  assert.ok(((await connection.space?.(path('.')))?.totalBytes ?? 0) > 0);
});

test(
  "OpenSSH's sftp-server: an upload through a link, over a private file, and into a directory that takes no names",
  { skip },
  async (t) => {
    const connection = await connectTo(t);
    const there = scratch(t);
    const path = (name: string): ReturnType<typeof at> => at(join(there, name));
    mkdirSync(join(there, 'inner'));
    writeFileSync(join(there, 'inner', 'real'), 'old');
    symlinkSync('inner/real', join(there, 'link'));
    writeFileSync(join(there, 'private'), 'old', { mode: 0o600 });
    for (const name of ['link', 'private']) {
      const up = await connection.openWrite(path(name));
      await up.write(Buffer.from(`new ${name}`), 0);
      await up.finish();
    }
    assert.equal(readFileSync(join(there, 'inner', 'real'), 'utf8'), 'new link');
    assert.equal(statSync(join(there, 'private')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(there).sort(), ['inner', 'link', 'private']);
    assert.deepEqual(readdirSync(join(there, 'inner')), ['real']);
    chmodSync(join(there, 'inner'), 0o755);
  },
);

test("OpenSSH's sftp-server: copy-data copies a file there", { skip }, async (t) => {
  const connection = await connectTo(t);
  if (connection.copyFile === undefined) {
    t.skip('this sftp-server has no copy-data');
    return;
  }
  const there = scratch(t);
  const content = randomBytes(1_000_000);
  writeFileSync(join(there, 'from'), content);
  await connection.copyFile(at(join(there, 'from')), at(join(there, 'to')));
  assert.ok(readFileSync(join(there, 'to')).equals(content));
});

test("OpenSSH's sftp-server: a thousand files at once, and a listing of them", { skip }, async (t) => {
  const connection = await connectTo(t);
  const there = scratch(t);
  const digest = createHash('sha256').update(Buffer.alloc(4096, 7)).digest('hex');
  await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      const up = await connection.openWrite(at(join(there, `file-${index}`)));
      await up.write(Buffer.alloc(4096, 7), 0);
      await up.finish();
    }),
  );
  const names = new Set<string>();
  for await (const batch of connection.readDirectory(at(there)))
    for (const { name } of batch) names.add(name);
  assert.equal(names.size, 1000);
  for (const name of ['file-0', 'file-999']) {
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(there, name)))
        .digest('hex'),
      digest,
    );
  }
});
