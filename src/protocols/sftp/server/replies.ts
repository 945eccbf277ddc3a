import type { Entry } from '#core/entry.ts';
import { describeErrorCode, type WherryError } from '#core/errors.ts';
import { encodeName } from '#core/name-encoding.ts';
import { writeAttributes, writeNoAttributes } from '../wire/attributes.ts';
import { packetType, status, type StatusCode } from '../wire/packet-types.ts';
import { SftpWriter } from '../wire/sftp-writer.ts';
import { statusByCode } from './status-of-error.ts';

/** An answer that does not know yet which request it is for. */
export interface Reply {
  /** The packet for the request of this number. */
  encode(id: number): Buffer;
  /** Gives back the packet's memory once it is handed on. */
  release?(): void;
}

/** An answer whose fields follow the request's number. */
export function reply(type: number, write: (writer: SftpWriter) => void, size?: number): Reply {
  return {
    encode(id) {
      const writer = new SftpWriter(type, size).uint32(id);
      write(writer);
      return writer.finish();
    },
  };
}

/** STATUS with its two strings, both of which version 3 demands. */
export function statusReply(code: StatusCode, text: string): Reply {
  return reply(packetType.status, (writer) => writer.uint32(code).string(text).string('en'));
}

export const okReply = statusReply(status.ok, 'Success');
export const endOfFileReply = statusReply(status.endOfFile, 'End of file');

/** What an error is for the client: a code and plain words, never the error's own text. */
export function errorReply(error: WherryError): Reply {
  return statusReply(statusByCode[error.code], describeErrorCode(error.code));
}

export function attributesReply(entry: Entry): Reply {
  return reply(packetType.attributes, (writer) => {
    writeAttributes(writer, entry);
  });
}

/** NAME with one name that says no more than itself (REALPATH, READLINK). */
export function nameReply(name: string): Reply {
  return reply(packetType.name, (writer) => {
    const bytes = encodeName(name);
    writer.uint32(1).string(bytes).string(bytes);
    writeNoAttributes(writer);
  });
}

export function extendedReply(write: (writer: SftpWriter) => void): Reply {
  return reply(packetType.extendedReply, write);
}
