import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DirectoryBatch } from '#native/index.ts';
import { openDescriptors, rooms, temporaryDirectory, untilDescriptors } from './rooms.ts';

const { O_RDONLY, O_DIRECTORY } = constants;
const pathOnly = 0o10000000;

async function collect(batches: AsyncIterable<DirectoryBatch>): Promise<DirectoryBatch[]> {
  const all: DirectoryBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

function namesOf(batch: DirectoryBatch | undefined): string[] {
  return Array.from({ length: batch?.count ?? 0 }, (_, index) =>
    Buffer.from(batch?.nameBytes(index) ?? '').toString('latin1'),
  );
}

for (const { mode, room } of rooms) {
  test(`${mode}: tells what lstat tells of every entry, in the order of their octets`, async (context) => {
    const root = temporaryDirectory(context);
    mkdirSync(join(root, 'directory'));
    writeFileSync(join(root, 'file'), 'x'.repeat(12_345), { mode: 0o640 });
    utimesSync(join(root, 'file'), 1_234_567.123, 1_700_000_000.456);
    symlinkSync('file', join(root, 'link'));
    symlinkSync('nowhere/é', join(root, 'dangling'));
    writeFileSync(join(root, 'é'), '');
    writeFileSync(join(root, '.hidden'), '');
    writeFileSync(Buffer.from(`${root}/caf\xe9`, 'latin1'), '');
    const fd = openSync(root, O_RDONLY | O_DIRECTORY);
    context.after(() => closeSync(fd));
    const [batch, ...more] = await collect(room.scanDirectory(fd, { maximumEntries: 1000 }));
    assert.equal(more.length, 0);
    assert.ok(batch);
    const names = namesOf(batch);
    const utf8 = Buffer.from('é').toString('latin1');
    assert.deepEqual(names, ['.hidden', 'caf\xe9', 'dangling', 'directory', 'file', 'link', utf8]);
    const texts = names.map((_, index) => batch.name(index));
    assert.deepEqual(texts, ['.hidden', null, 'dangling', 'directory', 'file', 'link', 'é']);
    const { columns } = batch;
    for (const [index, name] of names.entries()) {
      const stats = lstatSync(Buffer.from(`${root}/${name}`, 'latin1'));
      const told = {
        size: columns.sizes[index],
        mtimeMs: columns.modifiedMs[index],
        atimeMs: columns.accessedMs[index],
        ctimeMs: columns.changedMs[index],
        birthtimeMs: columns.createdMs[index],
        dev: columns.devices[index],
        ino: columns.inodes[index],
        mode: columns.modes[index],
        uid: columns.userIds[index],
        gid: columns.groupIds[index],
        nlink: columns.linkCounts[index],
      };
      for (const [field, value] of Object.entries(told)) {
        // Reading a link's text is an access to it.
        if (field === 'atimeMs' && stats.isSymbolicLink()) continue;
        assert.equal(value, stats[field as keyof typeof told], `${field} of ${name}`);
      }
    }
    const targets = names
      .map((_, index) => batch.linkTarget(index))
      .map((target) => target && Buffer.from(target).toString());
    assert.deepEqual(targets, [null, null, 'nowhere/é', null, null, 'file', null]);
    assert.deepEqual(names.map((_, index) => batch.isSymlink(index)).indexOf(true), 2);
  });

  test(`${mode}: comes in batches of the size asked for, again and again from one descriptor`, async (context) => {
    const root = temporaryDirectory(context);
    for (let index = 0; index < 2500; index += 1) writeFileSync(join(root, `name-${index}`), '');
    const fd = openSync(root, pathOnly | O_DIRECTORY);
    context.after(() => closeSync(fd));
    const before = openDescriptors();
    for (let round = 0; round < 2; round += 1) {
      const batches = await collect(room.scanDirectory(fd, { maximumEntries: 1000 }));
      assert.deepEqual(
        batches.map(({ count }) => count),
        [1000, 1000, 500],
      );
      assert.equal(new Set(batches.flatMap(namesOf)).size, 2500);
      for (const batch of batches) assert.deepEqual(namesOf(batch), namesOf(batch).toSorted());
    }
    for await (const batch of room.scanDirectory(fd, { maximumEntries: 10 })) {
      assert.equal(batch.count, 10);
      break;
    }
    await untilDescriptors(before);
  });

  test(`${mode}: tells of nothing in an empty directory and refuses what is none`, async (context) => {
    const root = temporaryDirectory(context);
    mkdirSync(join(root, 'empty'));
    writeFileSync(join(root, 'file'), 'still readable');
    const empty = openSync(join(root, 'empty'), O_RDONLY | O_DIRECTORY);
    const file = openSync(join(root, 'file'), O_RDONLY);
    context.after(() => [empty, file].forEach((fd) => closeSync(fd)));
    assert.deepEqual(await collect(room.scanDirectory(empty, { maximumEntries: 10 })), []);
    await assert.rejects(collect(room.scanDirectory(file, { maximumEntries: 10 })), { code: 'ENOTDIR' });
    assert.equal(readFileSync(file, 'utf8'), 'still readable');
  });

  test(`${mode}: reads what is cached, or says that it cannot`, (context) => {
    const root = temporaryDirectory(context);
    writeFileSync(join(root, 'file'), 'cached content');
    const fd = openSync(join(root, 'file'), O_RDONLY);
    context.after(() => closeSync(fd));
    const target = Buffer.alloc(6);
    const length = room.readCached(fd, target, 7);
    if (mode === 'portable') {
      assert.equal(length, -1);
    } else {
      assert.equal(length, 6);
      assert.equal(target.toString(), 'conten');
      assert.equal(room.readCached(fd, target, 14), 0);
      assert.equal(room.readCached(-1, target, 0), -1);
    }
  });
}
