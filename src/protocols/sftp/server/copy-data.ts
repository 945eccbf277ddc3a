import { WherryError } from '#core/errors.ts';
import { BufferPool } from '#engine/buffer-pool.ts';
import type { OpenFile } from './open-file.ts';
import { okReply } from './replies.ts';
import type { ExtensionRow } from './request-row.ts';

const buffers = new BufferPool(262_144, 4);

/** `copy-data` (draft-ietf-secsh-filexfer-extensions-00 section 7): copies between two open files at the server. */
export const copyData: ExtensionRow = {
  name: 'copy-data',
  writes: true,
  announced: { name: 'copy-data', data: '1' },
  prepare(session, reader) {
    const source = session.handles.file(reader.string());
    const from = reader.uint64();
    const length = reader.uint64();
    const target = session.handles.file(reader.string());
    const to = reader.uint64();
    if (source.lane === target.lane) throw new WherryError('busy', 'A file is not copied into itself');
    return {
      lanes: [
        { lane: source.lane, mode: 'read' },
        { lane: target.lane, mode: 'exclusive' },
      ],
      async run() {
        await copy({ file: source, position: from }, { file: target, position: to }, length);
        return okReply;
      },
    };
  },
};

interface Place {
  readonly file: OpenFile;
  readonly position: number;
}

/** @param length octets to copy, 0 for all up to the end */
async function copy(source: Place, target: Place, length: number): Promise<void> {
  const buffer = buffers.take();
  try {
    const end = length === 0 ? Number.POSITIVE_INFINITY : length;
    let done = 0;
    while (done < end) {
      const wanted = Math.min(buffer.length, end - done);
      const count = await source.file.read(buffer.subarray(0, wanted), source.position + done);
      if (count === 0) return;
      await target.file.write(buffer.subarray(0, count), target.position + done);
      done += count;
    }
  } finally {
    buffers.give(buffer);
  }
}
