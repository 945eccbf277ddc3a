/** Packet types of SFTP version 3 (draft-ietf-secsh-filexfer-02 section 3). */
export const packetType = Object.freeze({
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 200,
  extendedReply: 201,
});

/** Status codes of version 3 (section 7); later versions have more, which no client of version 3 knows. */
export const status = Object.freeze({
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  operationUnsupported: 8,
});

/** A number of {@link status}. */
export type StatusCode = (typeof status)[keyof typeof status];

/** Flags of OPEN (section 6.3). */
export const openFlag = Object.freeze({
  read: 1,
  write: 2,
  append: 4,
  create: 8,
  truncate: 16,
  exclusive: 32,
});

/** The version that both sides speak here. */
export const protocolVersion = 3;
