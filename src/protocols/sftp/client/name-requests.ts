import type { Entry } from '#core/entry.ts';
import { describeErrorCode, toWherryError, WherryError, type ErrorCode } from '#core/errors.ts';
import type { Attributes, OperationOptions } from '#core/file-system.ts';
import { printableName } from '#core/name-encoding.ts';
import {
  isWithin,
  joinName,
  nameOf,
  parentOf,
  resolveVirtualPath,
  rootPath,
  type VirtualPath,
} from '#core/virtual-path.ts';
import { writeAttributeChanges, type ReadAttributes } from '../wire/attributes.ts';
import { packetType } from '../wire/packet-types.ts';
import type { SftpWriter } from '../wire/sftp-writer.ts';
import { attributesAnswer, entryOf, nameAnswer, statusAnswer, wirePath } from './answers.ts';
import { completeChanges } from './attribute-changes.ts';
import type { SftpSession } from './remote-file.ts';

/** Requests that name things and open nothing. */
export class NameRequests {
  readonly #session: SftpSession;

  constructor(session: SftpSession) {
    this.#session = session;
  }

  async attributes(
    path: VirtualPath,
    followSymlink: boolean,
    options: OperationOptions = {},
  ): Promise<ReadAttributes> {
    return this.#session.requests.ask(
      {
        type: followSymlink ? packetType.stat : packetType.lstat,
        fields: (writer) => writer.string(wirePath(path)),
      },
      attributesAnswer({ action: 'examine the entry', path }),
      options,
    );
  }

  /** The attributes, or null where there is nothing or nothing to be learnt. */
  async peek(path: VirtualPath, followSymlink = false): Promise<ReadAttributes | null> {
    try {
      return await this.attributes(path, followSymlink);
    } catch {
      return null;
    }
  }

  async stat(path: VirtualPath, followSymlink: boolean, options: OperationOptions = {}): Promise<Entry> {
    const attributes = await this.attributes(path, followSymlink, options);
    const target = attributes.type === 'symlink' ? await this.readLink(path, options) : null;
    return entryOf(nameOf(path), attributes, target);
  }

  readLink(path: VirtualPath, options: OperationOptions = {}): Promise<string> {
    return this.#session.requests.ask(
      { type: packetType.readlink, fields: (writer) => writer.string(wirePath(path)) },
      nameAnswer({ action: 'read the link', path }),
      options,
    );
  }

  async realPath(path: VirtualPath | '.', options: OperationOptions = {}): Promise<VirtualPath> {
    try {
      return await this.#askRealPath(path, options);
    } catch (thrown) {
      const missing = toWherryError(thrown, 'find the path').code === 'not-found';
      if (!missing || path === '.' || path === rootPath) throw thrown;
      // Servers resolve a path of which the last component is missing, and not one of which more is.
      return joinName(await this.realPath(parentOf(path), options), nameOf(path));
    }
  }

  async #askRealPath(path: VirtualPath | '.', options: OperationOptions): Promise<VirtualPath> {
    const answer = await this.#session.requests.ask(
      { type: packetType.realpath, fields: (writer) => writer.string(wirePath(path)) },
      nameAnswer({ action: 'find the path', path }),
      options,
    );
    // Windows servers answer with a drive letter and no slash in front.
    return resolveVirtualPath(rootPath, answer);
  }

  async makeDirectory(
    path: VirtualPath,
    options: OperationOptions & { readonly mode?: number },
  ): Promise<void> {
    const { mode, signal } = options;
    this.#say('MKDIR', path);
    await this.#change(
      packetType.mkdir,
      (writer) => {
        writeAttributeChanges(writer.string(wirePath(path)), mode === undefined ? {} : { mode });
      },
      { action: 'make the directory', path, signal, explain: () => this.#existsAt(path) },
    );
  }

  async removeDirectory(path: VirtualPath, { signal }: OperationOptions = {}): Promise<void> {
    this.#say('RMDIR', path);
    await this.#change(packetType.rmdir, (writer) => writer.string(wirePath(path)), {
      action: 'remove the directory',
      path,
      signal,
      // Whatever else may be wrong with a directory that is there has a status of its own.
      explain: async () => {
        const found = await this.peek(path);
        if (found === null) return null;
        return found.type === 'directory' ? 'not-empty' : 'not-directory';
      },
    });
  }

  async removeFile(path: VirtualPath, { signal }: OperationOptions = {}): Promise<void> {
    this.#say('REMOVE', path);
    await this.#change(packetType.remove, (writer) => writer.string(wirePath(path)), {
      action: 'remove the file',
      path,
      signal,
      explain: async () => ((await this.peek(path))?.type === 'directory' ? 'is-directory' : null),
    });
  }

  /** Renames; to replace what is there takes `posix-rename`, or on servers without it a moment without either. */
  async rename(
    from: VirtualPath,
    to: VirtualPath,
    options: OperationOptions & { readonly overwrite: boolean },
  ): Promise<void> {
    const { overwrite, signal } = options;
    if (from === rootPath || to === rootPath) {
      throw new WherryError('permission', 'Cannot rename: the root stays where it is', { path: from });
    }
    if (from !== to && isWithin(to, from)) {
      throw new WherryError('invalid-argument', 'Cannot move a directory into itself', { path: from });
    }
    this.#say('RENAME', from, `to ${to}`);
    if (overwrite && this.#session.features.has('posix-rename@openssh.com')) {
      await this.#extended('posix-rename@openssh.com', [from, to], { action: 'rename', path: from, signal });
      return;
    }
    try {
      await this.#renamePlainly(from, to, signal);
    } catch (thrown) {
      const error = toWherryError(thrown, 'rename');
      if (!overwrite || error.code !== 'exists') throw error;
      await this.removeFile(to, { signal });
      await this.#renamePlainly(from, to, signal);
    }
  }

  async #renamePlainly(from: VirtualPath, to: VirtualPath, signal: AbortSignal | undefined): Promise<void> {
    await this.#change(packetType.rename, (writer) => writer.string(wirePath(from)).string(wirePath(to)), {
      action: 'rename',
      path: from,
      signal,
      explain: () => this.#existsAt(to),
    });
  }

  async setAttributes(
    path: VirtualPath,
    changes: Attributes,
    options: OperationOptions & { readonly followSymlink: boolean },
  ): Promise<void> {
    const { followSymlink, signal } = options;
    this.#say('SETSTAT', path);
    const complete = await completeChanges(changes, () => this.attributes(path, followSymlink, { signal }));
    const write = (writer: SftpWriter): void => {
      writeAttributeChanges(writer.string(wirePath(path)), complete);
    };
    const attempted = { action: 'change the attributes', path, signal };
    if (followSymlink) {
      await this.#change(packetType.setstat, write, attempted);
    } else if (this.#session.features.has('lsetstat@openssh.com')) {
      await this.#change(
        packetType.extended,
        (writer) => {
          write(writer.string('lsetstat@openssh.com'));
        },
        attempted,
      );
    } else {
      // Without that request only what is no link can be changed for itself.
      const { type } = await this.attributes(path, false, { signal });
      if (type === 'symlink') {
        throw new WherryError('not-supported', 'Cannot change the attributes of a link at this server', {
          path,
        });
      }
      await this.#change(packetType.setstat, write, attempted);
    }
  }

  async createSymlink(target: string, path: VirtualPath, { signal }: OperationOptions = {}): Promise<void> {
    this.#say('SYMLINK', path, `to ${printableName(target)}`);
    const [text, link] = [wirePath(target), wirePath(path)];
    const [first, second] = this.#session.features.linkComesFirst ? [link, text] : [text, link];
    await this.#change(packetType.symlink, (writer) => writer.string(first).string(second), {
      action: 'make the link',
      path,
      signal,
      explain: () => this.#existsAt(path),
    });
  }

  async createHardLink(
    existing: VirtualPath,
    path: VirtualPath,
    { signal }: OperationOptions = {},
  ): Promise<void> {
    this.#say('LINK', path, `to ${existing}`);
    await this.#extended('hardlink@openssh.com', [existing, path], {
      action: 'make the link',
      path,
      signal,
      explain: () => this.#existsAt(path),
    });
  }

  #say(verb: string, path: VirtualPath, more = ''): void {
    this.#session.say(`${verb} ${printableName(path)}${more === '' ? '' : ` ${more}`}`);
  }

  async #existsAt(path: VirtualPath): Promise<ErrorCode | null> {
    return (await this.peek(path)) === null ? null : 'exists';
  }

  #extended(name: string, paths: readonly VirtualPath[], attempted: AttemptedChange): Promise<void> {
    return this.#change(
      packetType.extended,
      (writer) => {
        writer.string(name);
        for (const path of paths) writer.string(wirePath(path));
      },
      attempted,
    );
  }

  /** Asks for a change; FAILURE, which says nothing, is looked into. */
  async #change(
    type: number,
    fields: (writer: SftpWriter) => void,
    attempted: AttemptedChange,
  ): Promise<void> {
    const { action, path, signal, explain } = attempted;
    try {
      await this.#session.requests.ask({ type, fields }, statusAnswer({ action, path }), { signal });
    } catch (thrown) {
      if (!(thrown instanceof WherryError) || thrown.code !== 'io' || thrown.status === undefined)
        throw thrown;
      const code = (await explain?.()) ?? null;
      if (code === null) throw thrown;
      throw new WherryError(code, `Cannot ${action}: ${describeErrorCode(code)}`, {
        path,
        status: thrown.status,
        cause: thrown,
      });
    }
  }
}

interface AttemptedChange {
  readonly action: string;
  readonly path: VirtualPath;
  readonly signal?: AbortSignal | undefined;
  /** What a FAILURE means, by what is found at the place. */
  readonly explain?: () => Promise<ErrorCode | null>;
}
