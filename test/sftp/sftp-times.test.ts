import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { rootPath } from '#core/virtual-path.ts';
import { serveScp } from '#protocols/scp/server/scp-server.ts';
import { parseScpCommand } from '#protocols/scp/wire/scp-command.ts';
import { packetType as type, status } from '#protocols/sftp/wire/packet-types.ts';
import type { SftpReader } from '#protocols/sftp/wire/sftp-reader.ts';
import { local } from '#storage/index.ts';
import { connectPair, readAll } from '../ssh/ssh-fixture.ts';
import { openSftp } from './sftp-fixture.ts';

/** Seconds on the disk, and what 32 bits without a sign say of them. */
const moments: readonly (readonly [onDisk: number, onWire: number])[] = [
  [0, 0],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [2 ** 31, 2 ** 31],
  [2 ** 32 - 1, 2 ** 32 - 1],
  [2 ** 32, 2 ** 32 - 1],
  [2 ** 33, 2 ** 32 - 1],
  [-1, 0],
  [-(2 ** 31), 0],
];

/** A tree of the disk with a file; what the disk itself makes of a moment decides, as not all keep every one. */
function tree(t: TestContext): { readonly directory: string; readonly file: string } {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-times-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  const file = join(directory, 'file');
  writeFileSync(file, 'x');
  return { directory, file };
}

function keeps(file: string, seconds: number): boolean {
  utimesSync(file, seconds, seconds);
  return statSync(file).mtimeMs === seconds * 1000;
}

/** Access and change time of ATTRS. */
function times(reader: SftpReader): readonly [number, number] {
  const flags = reader.uint32();
  if ((flags & 1) !== 0) reader.uint64();
  if ((flags & 2) !== 0) reader.uint64();
  if ((flags & 4) !== 0) reader.uint32();
  assert.notEqual(flags & 8, 0);
  return [reader.uint32(), reader.uint32()];
}

test('N25: times before 1970 and beyond 2038 and 2106 are told without wrapping, by every request', async (t) => {
  const { directory, file } = tree(t);
  const fileSystem = local(directory);
  t.after(() => fileSystem.close());
  const { raw } = await openSftp(t, { fileSystem });
  const handle = await raw.open('/file', 1);
  let kept = 0;
  for (const [onDisk, onWire] of moments) {
    if (!keeps(file, onDisk)) continue;
    kept += 1;
    for (const request of [type.stat, type.lstat]) {
      const { reader } = await raw.ask(request, (writer) => writer.string('/file'));
      assert.deepEqual(times(reader), [onWire, onWire], `${onDisk}`);
    }
    const directoryHandle = (await raw.ask(type.opendir, (writer) => writer.string('/'))).reader.string();
    const { reader } = await raw.ask(type.readdir, (writer) => writer.string(directoryHandle));
    const names = new Map<string, readonly [number, number]>();
    for (let count = reader.uint32(); count > 0; count -= 1) {
      const name = reader.text();
      reader.text();
      names.set(name, times(reader));
    }
    assert.deepEqual(names.get('file'), [onWire, onWire], `${onDisk}`);
    await raw.close(directoryHandle);
  }
  assert.ok(kept >= 4, `the disk keeps only ${kept} of the moments`);
  await raw.close(handle);
});

test('N25: the moments of 32 bits are set and read back', async (t) => {
  const { directory, file } = tree(t);
  const fileSystem = local(directory);
  t.after(() => fileSystem.close());
  const { raw } = await openSftp(t, { fileSystem });
  for (const seconds of [0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
    if (!keeps(file, seconds)) continue;
    utimesSync(file, 1, 1);
    const set = raw.status(type.setstat, (writer) =>
      writer.string('/file').uint32(8).uint32(seconds).uint32(seconds),
    );
    assert.equal(await set, status.ok);
    assert.equal(statSync(file).mtimeMs, seconds * 1000);
  }
});

test('N25: scp -p tells times beyond 2106 as they are, and those before 1970 as 1970', async (t) => {
  const { directory, file } = tree(t);
  const fileSystem = local(directory);
  t.after(() => fileSystem.close());
  const { client } = await connectPair(t, {
    openSession(request) {
      const command = request.kind === 'exec' ? parseScpCommand(request.command) : null;
      return command === null
        ? null
        : (channel) => serveScp(channel, { command, fileSystem, home: rootPath });
    },
  });
  for (const [onDisk] of moments) {
    if (!keeps(file, onDisk)) continue;
    const told = Math.max(0, onDisk);
    const channel = await client.openCommand('scp -p -f file');
    await channel.write(Buffer.alloc(4));
    channel.end();
    const said = (await readAll(channel)).toString('latin1');
    assert.match(said, new RegExp(`^T${told} 0 ${told} 0\nC0644 1 file\nx`), `${onDisk}`);
  }
});
