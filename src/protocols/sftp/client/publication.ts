import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { NameRequests } from './name-requests.ts';

/** How a file that is complete comes to its name, and how one that is given up goes. */
export interface Publication {
  /** The name that the file has, or is to get. */
  readonly path: VirtualPath;
  /** @throws WherryError after which the name is as it was before */
  publish(): Promise<void>;
  /** Never rejects. */
  discard(): Promise<void>;
}

/** For a file that was written under a name of its own: moves it to the name it is for. */
export function moveInto(
  names: NameRequests,
  temporary: VirtualPath,
  target: { readonly path: VirtualPath; readonly overwrite: boolean },
): Publication {
  const { path, overwrite } = target;
  const discard = async (): Promise<void> => {
    await names.removeFile(temporary).catch(() => undefined);
  };
  return {
    path,
    discard,
    async publish() {
      try {
        await names.rename(temporary, path, { overwrite });
      } catch (thrown) {
        await discard();
        throw thrown instanceof WherryError
          ? new WherryError(thrown.code, `Cannot complete the file: ${reasonOf(thrown)}`, {
              path,
              cause: thrown,
            })
          : thrown;
      }
    },
  };
}

function reasonOf(error: WherryError): string {
  return error.message.replace(/^Cannot [^:]*: /, '');
}

/**
 * As {@link moveInto} for a name that was free when it was listed, at a server whose RENAME takes free names alone: so it
 * tells whether the name still is. What has taken it may be a link, or a file whose permission bits are to be kept.
 */
export function moveIntoFree(names: NameRequests, temporary: VirtualPath, path: VirtualPath): Publication {
  const replacing = moveInto(names, temporary, { path, overwrite: true });
  return {
    ...replacing,
    async publish() {
      try {
        await names.rename(temporary, path, { overwrite: false });
      } catch (thrown) {
        // Where files can have no second name RENAME may fail although this one is free.
        if (!(thrown instanceof WherryError) || thrown.code !== 'exists') return replacing.publish();
        await replacing.discard();
        throw new WherryError('busy', 'Cannot complete the file: its name was taken meanwhile', {
          path,
          retryable: true,
          cause: thrown,
        });
      }
    },
  };
}

/** For a file that was written in place: it has its name already. `removed` says whether giving up takes it away. */
export function inPlace(names: NameRequests, path: VirtualPath, removed: boolean): Publication {
  return {
    path,
    publish: () => Promise.resolve(),
    async discard() {
      if (removed) await names.removeFile(path).catch(() => undefined);
    },
  };
}

/** The same, with `ended` called once it is through, either way. */
export function endingWith(ended: () => void, publication: Publication): Publication {
  return {
    path: publication.path,
    publish: () => publication.publish().finally(ended),
    discard: () => publication.discard().finally(ended),
  };
}
