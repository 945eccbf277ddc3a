import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { packetType as type } from '#protocols/sftp/wire/packet-types.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { at } from './client-fixture.ts';
import {
  connectToRaw,
  data,
  fileAttributes,
  handle,
  names,
  status,
  type RawRequest,
  type RawServer,
} from './raw-server.ts';

const content = randomBytes(300_000);

/** Serves `content` under every name; `read` answers the READs. */
function serving(
  read: (request: RawRequest, position: number, length: number) => ReturnType<RawServer['answer']>,
  size = content.length,
): RawServer['answer'] {
  return (request) => {
    const { id, reader } = request;
    if (request.type === type.open) return handle(id);
    if (request.type === type.stat) return fileAttributes(id, size);
    if (request.type !== type.read) return status(id, 0);
    reader.string();
    return read(request, reader.uint64(), reader.uint32());
  };
}

function piece(id: number, position: number, length: number): Buffer {
  return position >= content.length ? status(id, 1) : data(id, content.subarray(position, position + length));
}

async function download(server: RawServer, t: Parameters<typeof connectToRaw>[0]): Promise<Buffer> {
  const connection = await connectToRaw(t, server);
  const source = await connection.openRead(at('/file'));
  const here = new MemoryFileSystem();
  const target = here.openWrite(at('/file'));
  const count = await source.copyTo?.(target, { start: 0 });
  await target.finish();
  await source.close();
  const read = here.openRead(at('/file'));
  const bytes = Buffer.alloc(count ?? 0);
  await read.read(bytes, 0);
  return bytes;
}

test('answers shorter than asked for are asked on from where they end', async (t) => {
  const answer = serving(({ id }, position, length) => piece(id, position, Math.min(length, 1000)));
  assert.ok((await download({ answer }, t)).equals(content));
});

test('answers in another order end up in their places', async (t) => {
  let held: Buffer[] = [];
  const answer = serving(({ id }, position, length) => {
    held.push(piece(id, position, length));
    // Every READ of the file is under way at once.
    if (position < content.length && held.length < 10) return [];
    const all = held.toReversed();
    held = [];
    return all;
  });
  assert.ok((await download({ answer }, t)).equals(content));
});

for (const pieceLength of [1, 3, 5, 8, 12, 13, 14, 1000]) {
  test(`answers in pieces of ${pieceLength} octets are the same answers`, async (t) => {
    const small = content.subarray(0, 2000);
    const answer = serving(({ id }, position, length) => {
      return position >= small.length ? status(id, 1) : data(id, small.subarray(position, position + length));
    }, small.length);
    assert.ok((await download({ answer, pieceLength }, t)).equals(small));
  });
}

test('a file that grows is read to its end, and one that shrinks to where it ends', async (t) => {
  const growing = serving(({ id }, position, length) => piece(id, position, length), 1000);
  assert.ok((await download({ answer: growing }, t)).equals(content));
  const shrinking = serving(({ id }, position, length) => piece(id, position, length), 10_000_000);
  assert.ok((await download({ answer: shrinking }, t)).equals(content));
});

test('a DATA without octets ends the file, and is not asked for ever', async (t) => {
  const answer = serving(({ id }, position, length) =>
    position >= 100_000
      ? data(id, Buffer.alloc(0))
      : piece(id, position, Math.min(length, 100_000 - position)),
  );
  assert.ok((await download({ answer }, t)).equals(content.subarray(0, 100_000)));
});

test('an error in the middle of a file is the error of the copy, and the session goes on', async (t) => {
  const answer = serving(({ id }, position, length) =>
    position >= 65_536 ? status(id, 3, 'Permission denied') : piece(id, position, length),
  );
  const connection = await connectToRaw(t, { answer });
  const source = await connection.openRead(at('/file'));
  const target = new MemoryFileSystem().openWrite(at('/file'));
  await assert.rejects(async () => source.copyTo?.(target, { start: 0 }), { code: 'permission', status: 3 });
  assert.equal((await connection.stat(at('/file'))).size, content.length);
});

const header = (length: number, packet: number, id: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt32BE(length);
  bytes[4] = packet;
  bytes.writeUInt32BE(id, 5);
  return bytes;
};

for (const [what, answer] of [
  ['an endless packet', ({ id }) => header(0xffff_ffff, type.status, id)],
  ['a packet without content', () => Buffer.alloc(4)],
  ['an answer to nobody', ({ id }) => status(id + 1000, 0)],
  ['two answers to one request', ({ id }) => [status(id, 2), status(id, 2)]],
  ['DATA for a request of another kind', ({ id }) => data(id, Buffer.alloc(10))],
  [
    'DATA that is longer than its packet',
    ({ id }) => Buffer.concat([header(20, type.data, id), Buffer.from([0, 0, 1, 0]), Buffer.alloc(11)]),
  ],
  ['an unknown kind of answer', ({ id }) => header(5, 250, id)],
  ['VERSION once more', () => Buffer.from([0, 0, 0, 5, 2, 0, 0, 0, 3])],
] as readonly (readonly [string, RawServer['answer']])[]) {
  test(`${what} fails what waits, and nothing hangs`, async (t) => {
    const connection = await connectToRaw(t, { answer });
    await assert.rejects(connection.stat(at('/file')), { name: 'WherryError' });
    await assert.rejects(
      (async () => {
        await connection.stat(at('/file'));
      })(),
      { name: 'WherryError' },
    );
  });
}

test('more of a file than was asked for ends the session', async (t) => {
  const answer = serving(({ id }, _position, length) => data(id, Buffer.alloc(length + 1)), 1000);
  await assert.rejects(download({ answer }, t), { code: 'protocol' });
});

test('names that are none are left out of a listing', async (t) => {
  let batches = 0;
  const answer: RawServer['answer'] = ({ type: kind, id }) => {
    if (kind === type.opendir) return handle(id);
    if (kind !== type.readdir) return status(id, 0);
    batches += 1;
    return batches > 1
      ? status(id, 1)
      : names(id, ['.', '..', '../up', '/etc/passwd', 'a/b', 'nul\0', '', 'good', 'back\\slash', 'CON']);
  };
  const connection = await connectToRaw(t, { answer });
  const found: string[] = [];
  for await (const batch of connection.readDirectory(at('/'))) found.push(...batch.map(({ name }) => name));
  assert.deepEqual(found, ['good', 'back\\slash', 'CON']);
});

test('a WRITE that fails fails the upload, which is never moved into its place', async (t) => {
  const asked: number[] = [];
  const answer: RawServer['answer'] = ({ type: kind, id }) => {
    asked.push(kind);
    if (kind === type.open) return handle(id);
    if (kind === type.lstat) return status(id, 2);
    return kind === type.write ? status(id, 4, 'No space left on device') : status(id, 0);
  };
  const connection = await connectToRaw(t, { answer });
  asked.length = 0;
  const upload = await connection.openWrite(at('/file'));
  await upload.write(Buffer.alloc(1000), 0);
  await assert.rejects(async () => upload.finish(), { code: 'no-space' });
  assert.ok(asked.includes(type.close));
  assert.ok(asked.includes(type.remove));
  assert.ok(!asked.includes(type.rename) && !asked.includes(type.extended));
});

test('attributes go out with the last WRITE and CLOSE, and the name is taken when all are answered', async (t) => {
  const held: Buffer[] = [];
  const asked: number[] = [];
  const answer: RawServer['answer'] = ({ type: kind, id }) => {
    if (kind === type.extended && asked.length === 0) return status(id, 8);
    asked.push(kind);
    if (kind === type.open) return handle(id);
    if (kind === type.lstat) return status(id, 2);
    if (kind === type.rename) return status(id, 0);
    // Nothing is answered before all three have come.
    held.push(status(id, 0));
    return held.length === 3 ? held : null;
  };
  const connection = await connectToRaw(t, { answer });
  const upload = await connection.openWrite(at('/file'));
  await upload.write(Buffer.alloc(1000), 0);
  assert.equal(await upload.finishWith?.({ modifiedAt: 1000, mode: 0o600 }), true);
  assert.deepEqual(asked.slice(-4), [type.write, type.fsetstat, type.close, type.rename]);
});

test('attributes whose other half has to be asked for go out before CLOSE all the same', async (t) => {
  const asked: number[] = [];
  const answer: RawServer['answer'] = ({ type: kind, id }) => {
    asked.push(kind);
    if (kind === type.open) return handle(id);
    if (kind === type.lstat) return status(id, 2);
    if (kind === type.fstat) return fileAttributes(id, 1000);
    return status(id, 0);
  };
  const connection = await connectToRaw(t, { answer });
  const upload = await connection.openWrite(at('/file'));
  await upload.write(Buffer.alloc(1000), 0);
  assert.equal(await upload.finishWith?.({ userId: 1000, groupId: 1000, modifiedAt: 1000 }), true);
  assert.deepEqual(asked.slice(-4), [type.fstat, type.fsetstat, type.close, type.rename]);
});

for (const [what, code, expected] of [
  ['that are refused keep no file from its name', 3, false],
  ['that fail for another reason do', 4, 'io'],
] as const) {
  test(`attributes ${what}`, async (t) => {
    const asked: number[] = [];
    const answer: RawServer['answer'] = ({ type: kind, id }) => {
      asked.push(kind);
      if (kind === type.open) return handle(id);
      if (kind === type.lstat) return status(id, 2);
      return status(id, kind === type.fsetstat ? code : 0);
    };
    const connection = await connectToRaw(t, { answer });
    const upload = await connection.openWrite(at('/file'));
    await upload.write(Buffer.alloc(1000), 0);
    const finishing = Promise.resolve(upload.finishWith?.({ modifiedAt: 1000 }));
    if (expected === false) assert.equal(await finishing, false);
    else await assert.rejects(finishing, { code: expected });
    assert.equal(asked.includes(type.rename), expected === false);
    assert.equal(asked.includes(type.remove), expected !== false);
  });
}

/** A server on which `taken` says whether the name of the upload is, and `links` whether RENAME works at all. */
function renaming({ taken, links }: { readonly taken: boolean; readonly links: boolean }): {
  readonly asked: number[];
  readonly answer: RawServer['answer'];
} {
  const asked: number[] = [];
  return {
    asked,
    answer: ({ type: kind, id }) => {
      asked.push(kind);
      if (kind === type.open) return handle(id);
      if (kind === type.lstat) return taken ? fileAttributes(id, 1) : status(id, 2);
      return status(id, kind === type.rename && (taken || !links) ? 4 : 0);
    },
  };
}

for (const [what, server, extensions, expected] of [
  ['is not looked for', { taken: false, links: true }, ['posix-rename@openssh.com'], [type.rename]],
  ['is looked for where RENAME may overwrite', { taken: false, links: true }, [], [type.lstat, type.rename]],
  [
    'is taken all the same where files can have no second name',
    { taken: false, links: false },
    ['posix-rename@openssh.com'],
    [type.rename, type.lstat, type.extended],
  ],
] as const) {
  test(`a name that was free when it was listed ${what}`, async (t) => {
    const { asked, answer } = renaming(server);
    const connection = await connectToRaw(t, { answer, extensions });
    asked.length = 0;
    const upload = await connection.openWrite(at('/file'), { absent: true });
    await upload.finish();
    const others = new Set<number>([type.open, type.close]);
    assert.deepEqual(
      asked.filter((kind) => !others.has(kind)),
      expected,
    );
  });
}

test('a name that was free when it was listed, and is taken, is for another try', async (t) => {
  const { asked, answer } = renaming({ taken: true, links: true });
  const connection = await connectToRaw(t, { answer, extensions: ['posix-rename@openssh.com'] });
  asked.length = 0;
  const upload = await connection.openWrite(at('/file'), { absent: true });
  await assert.rejects(async () => upload.finish(), { code: 'busy', retryable: true });
  assert.deepEqual(asked, [type.open, type.close, type.rename, type.lstat, type.remove]);
});

test('a server without posix-rename has the old file removed first, and only when that is what stands in the way', async (t) => {
  const asked: number[] = [];
  const answer: RawServer['answer'] = ({ type: kind, id }) => {
    asked.push(kind);
    if (kind === type.open) return handle(id);
    if (kind === type.lstat) return fileAttributes(id, 3);
    if (kind === type.rename) return asked.includes(type.remove) ? status(id, 0) : status(id, 4, 'Failure');
    return status(id, 0);
  };
  const connection = await connectToRaw(t, { answer });
  const upload = await connection.openWrite(at('/file'));
  await upload.write(Buffer.from('new'), 0);
  await upload.finish();
  assert.deepEqual(
    asked.filter((kind) => kind === type.rename || kind === type.remove),
    [type.rename, type.remove, type.rename],
  );
});

test('an operation that is stopped leaves the session usable, and its late handle is closed', async (t) => {
  let release: (() => Buffer) | null = null;
  const closed: string[] = [];
  const answer: RawServer['answer'] = ({ type: kind, id, reader }) => {
    if (kind === type.open) {
      release = () => handle(id, 'late');
      return [];
    }
    if (kind === type.close) {
      closed.push(reader.text());
      return status(id, 0);
    }
    const held = release;
    release = null;
    return held === null ? fileAttributes(id, 1) : [held(), fileAttributes(id, 1)];
  };
  const connection = await connectToRaw(t, { answer });
  const stopping = new AbortController();
  const opening = connection.openWrite(at('/file'), { disposition: 'update', signal: stopping.signal });
  stopping.abort();
  await assert.rejects(opening, { code: 'aborted' });
  await connection.stat(at('/x'));
  await connection.stat(at('/x'));
  assert.deepEqual(closed, ['late']);
});

test('a server that owes an answer and falls silent is given up', async (t) => {
  const connection = await connectToRaw(t, { answer: () => null }, { limits: { replyTimeoutMs: 50 } });
  await assert.rejects(connection.stat(at('/file')), { code: 'timeout' });
  assert.equal(connection.isClosed, true);
});
