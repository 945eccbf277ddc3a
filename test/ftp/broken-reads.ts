import { WherryError } from '#core/errors.ts';
import type { Capabilities, OperationOptions } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/index.ts';

/** Storage where a file named `broken` cannot be read, and that cannot copy by itself. */
export class BrokenReads extends MemoryFileSystem {
  override readonly capabilities: Capabilities = { ...new MemoryFileSystem().capabilities, copy: false };

  override openRead(path: VirtualPath, options?: OperationOptions): ReturnType<MemoryFileSystem['openRead']> {
    const handle = super.openRead(path, options);
    if (!path.endsWith('/broken')) return handle;
    const fail = (): never => {
      throw new WherryError('io', 'The disk is gone', { path });
    };
    return { entry: handle.entry, fileDescriptor: null, read: fail, close: () => handle.close() };
  }
}
