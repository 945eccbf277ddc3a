import type { Entry } from '#core/entry.ts';
import type { FileSystem, ReadHandle } from '#core/file-system.ts';

/** Octets that the file says it has. */
export const endlessSize = 2 ** 40;

/** Reads of one file go on for as long as anybody wants them, a piece in every turn of the event loop. */
export function withEndlessFile(inner: FileSystem, path: string): FileSystem {
  return new Proxy(inner, {
    get(target, key) {
      if (key === 'openRead') {
        return async (opened: Parameters<FileSystem['openRead']>[0]): Promise<ReadHandle> => {
          const handle = await target.openRead(opened);
          return opened === path ? endless(handle) : handle;
        };
      }
      if (key === 'stat') {
        return async (...args: Parameters<FileSystem['stat']>): Promise<Entry> => {
          const entry = await target.stat(...args);
          return args[0] === path ? { ...entry, size: endlessSize } : entry;
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as (...args: never[]) => unknown).bind(target) : value;
    },
  });
}

function endless(inner: ReadHandle): ReadHandle {
  return {
    entry: { ...inner.entry, size: endlessSize },
    fileDescriptor: null,
    read: async (target) => {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      return Math.min(target.length, 4096);
    },
    close: () => inner.close(),
  };
}
