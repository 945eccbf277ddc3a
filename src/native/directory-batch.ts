/** Says of a name which characters it is made of. */
export const nameKinds = { ascii: 0, utf8: 1, bytes: 2 } as const;

/** The columns of a {@link DirectoryBatch}. Offsets have one element more than there are entries. */
export interface DirectoryColumns {
  readonly count: number;
  readonly names: Uint8Array;
  readonly nameOffsets: Uint32Array;
  /** One of {@link nameKinds} for each name. */
  readonly kinds: Uint8Array;
  readonly linkTargets: Uint8Array;
  readonly linkOffsets: Uint32Array;
  /** Octets. */
  readonly sizes: Float64Array;
  /** Milliseconds since 1970, with their fraction. */
  readonly modifiedMs: Float64Array;
  readonly accessedMs: Float64Array;
  readonly changedMs: Float64Array;
  /** 0 where the file system does not keep it. */
  readonly createdMs: Float64Array;
  readonly devices: Float64Array;
  readonly inodes: Float64Array;
  /** Type and permission bits, as in `st_mode`. Only the type bits where the attributes could not be read. */
  readonly modes: Uint32Array;
  readonly userIds: Uint32Array;
  readonly groupIds: Uint32Array;
  readonly linkCounts: Uint32Array;
}

const typeMask = 0o170000;
const symlinkType = 0o120000;

/**
 * Many entries of a directory, by columns: a hundred thousand of them are a few typed arrays, and an object is
 * made only of the entries that are asked for.
 */
export class DirectoryBatch {
  readonly count: number;
  /** Attributes by index. */
  readonly columns: DirectoryColumns;
  #nameText: string | undefined;
  #nameBuffer: Buffer | undefined;

  constructor(columns: DirectoryColumns) {
    this.count = columns.count;
    this.columns = columns;
  }

  /** The name as text, or null when it is not UTF-8: then decode {@link DirectoryBatch.nameBytes}. */
  name(index: number): string | null {
    const { nameOffsets, kinds } = this.columns;
    const start = nameOffsets[index] ?? 0;
    const end = nameOffsets[index + 1] ?? start;
    if (kinds[index] === nameKinds.ascii) {
      // One decoding for the batch, then cuts of it: a call into the decoder for each name costs five times more.
      this.#nameText ??= this.#buffer().toString('latin1');
      return this.#nameText.slice(start, end);
    }
    return kinds[index] === nameKinds.utf8 ? this.#buffer().toString('utf8', start, end) : null;
  }

  nameBytes(index: number): Uint8Array {
    const { names, nameOffsets } = this.columns;
    return names.subarray(nameOffsets[index], nameOffsets[index + 1]);
  }

  isSymlink(index: number): boolean {
    return ((this.columns.modes[index] ?? 0) & typeMask) === symlinkType;
  }

  /** The text of a symbolic link; null for everything else, and for a link that could not be read. */
  linkTarget(index: number): Uint8Array | null {
    const { linkTargets, linkOffsets } = this.columns;
    const start = linkOffsets[index] ?? 0;
    const end = linkOffsets[index + 1] ?? start;
    return end > start ? linkTargets.subarray(start, end) : null;
  }

  #buffer(): Buffer {
    const { names } = this.columns;
    this.#nameBuffer ??= Buffer.from(names.buffer, names.byteOffset, names.byteLength);
    return this.#nameBuffer;
  }
}
