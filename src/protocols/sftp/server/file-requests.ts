import { isPending } from '#core/awaitable.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { BufferPool } from '#engine/buffer-pool.ts';
import { readAttributes } from '../wire/attributes.ts';
import { packetType } from '../wire/packet-types.ts';
import type { OpenFile } from './open-file.ts';
import { attributesReply, endOfFileReply, okReply, reply, type Reply } from './replies.ts';
import type { RequestRow } from './request-row.ts';
import type { SftpSession } from './sftp-session.ts';

/** Length, type, number and length of the data in front of what READ answers. */
const dataStart = 13;

/** A READ answer is read from the file straight into its packet, whose memory is used again. */
const packets = new BufferPool(dataStart + 262_144, 64);

/** READ (section 6.4): short only at the end of the file or beyond our own longest answer. */
export const readRequest: RequestRow = {
  name: 'READ',
  writes: false,
  prepare(session, reader) {
    const file = session.handles.file(reader.string());
    const position = reader.uint64();
    const length = Math.min(reader.uint32(), session.limits.transferLength);
    return {
      ...session.onHandle(file, 'read', () => file.answers.after(read(session, file, { position, length }))),
      cost: length,
    };
  },
};

function read(
  session: SftpSession,
  file: OpenFile,
  { position, length }: { readonly position: number; readonly length: number },
): Reply | Promise<Reply> {
  if (length === 0) return reply(packetType.data, (writer) => writer.uint32(0));
  const packet = packets.take();
  const finish = (count: number): Reply | Promise<Reply> => {
    if (count === 0) {
      packets.give(packet);
      return endOfFileReply;
    }
    try {
      const passing = session.pass('download', count);
      return isPending(passing) ? passing.then(() => answer(count)) : answer(count);
    } catch (thrown) {
      packets.give(packet);
      throw thrown;
    }
  };
  const answer = (count: number): Reply => {
    file.countRead(packet.subarray(dataStart, dataStart + count), position);
    return dataReply(packet, count);
  };
  const count = file.read(packet.subarray(dataStart, dataStart + length), position);
  return isPending(count) ? count.then(finish) : finish(count);
}

function dataReply(packet: Buffer, count: number): Reply {
  return {
    encode(id) {
      packet.writeUInt32BE(dataStart - 4 + count, 0);
      packet[4] = packetType.data;
      packet.writeUInt32BE(id, 5);
      packet.writeUInt32BE(count, 9);
      return packet.subarray(0, dataStart + count);
    },
    release() {
      packets.give(packet);
    },
  };
}

/** WRITE (section 6.4): all of it or an error. */
export const writeRequest: RequestRow = {
  name: 'WRITE',
  writes: true,
  prepare(session, reader) {
    const file = session.handles.file(reader.string());
    const position = reader.uint64();
    const data = reader.string();
    const write = (): Reply | Promise<Reply> => {
      const written = file.write(data, position);
      return isPending(written) ? written.then(() => okReply) : okReply;
    };
    const passAndWrite = (): Reply | Promise<Reply> => {
      const passing = session.pass('upload', data.length);
      return isPending(passing) ? passing.then(write) : write();
    };
    return session.onHandle(file, file.modeOfWrite(position, data.length), () =>
      file.answers.after(noting(file, passAndWrite)),
    );
  },
};

/** Lets the file know when writing to it has failed. */
function noting(file: OpenFile, work: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
  const failed = (thrown: unknown): never => {
    const error = toWherryError(thrown, 'write the file');
    file.fail(error);
    throw error;
  };
  try {
    const result = work();
    return isPending(result) ? result.catch(failed) : result;
  } catch (thrown) {
    return failed(thrown);
  }
}

/** CLOSE (section 6.3): the handle is dead at once; what writing put off may fail here. */
export const closeRequest: RequestRow = {
  name: 'CLOSE',
  writes: false,
  prepare(session, reader) {
    const opened = session.handles.remove(reader.string());
    return session.onClosing(opened, async () => {
      if (opened.type === 'file') await closeFile(session, opened);
      else await opened.close();
      return okReply;
    });
  },
};

async function closeFile(session: SftpSession, file: OpenFile): Promise<void> {
  try {
    session.reportPublication(file);
    await file.close();
    session.reportEnd(file, 'completed', null);
  } catch (thrown) {
    const error = toWherryError(thrown, 'close the file');
    session.reportEnd(file, 'failed', error.message);
    throw error;
  }
}

/** FSTAT (section 6.8). */
export const fstatRequest: RequestRow = {
  name: 'FSTAT',
  writes: false,
  prepare(session, reader) {
    const opened = session.handles.get(reader.string());
    return session.onHandle(opened, 'exclusive', async () =>
      attributesReply(
        opened.type === 'file' ? await opened.stat() : await session.fileSystem.stat(opened.path),
      ),
    );
  },
};

/** FSETSTAT (section 6.9). */
export const fsetstatRequest: RequestRow = {
  name: 'FSETSTAT',
  writes: true,
  prepare(session, reader) {
    const opened = session.handles.get(reader.string());
    const attributes = readAttributes(reader);
    const reads = opened.type === 'file' && !opened.changesByHandle;
    if (reads && attributes.size !== undefined)
      throw new WherryError('invalid-argument', 'The file is not open for writing');
    return session.onHandle(opened, 'exclusive', async () => {
      if (opened.type === 'file' && opened.changesByHandle) await opened.setAttributes(attributes);
      else await session.fileSystem.setAttributes(opened.path, attributes);
      return okReply;
    });
  },
};
