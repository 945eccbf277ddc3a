import type { PageRoute, PageStream } from '../../contract/page/routes.ts';
import { existingFileChoices } from '../../contract/page/queue.ts';

type Schema = Readonly<Record<string, unknown>>;

const text = (maxLength: number, minLength = 0): Schema => ({ type: 'string', minLength, maxLength });
const integer = (minimum: number, maximum: number): Schema => ({ type: 'integer', minimum, maximum });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });
const list = (items: Schema, maxItems: number): Schema => ({ type: 'array', items, maxItems });
const flag: Schema = { type: 'boolean' };
const id = text(128, 1);
/** Paths of 4,096 units, each of which JSON may have written as six characters. */
const path: Schema = { type: 'string', minLength: 1, maxLength: 4096, pattern: '^/' };
const time: Schema = { type: 'number', minimum: -8.64e15, maximum: 8.64e15 };
const octets: Schema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

function record(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

const placeFields = { connection: id, path };
const place = record(placeFields);
/** Whole directories may be marked at once. */
const paths = { type: 'array', items: path, minItems: 1, maxItems: 200_000 };
const bookmark = record({
  id: text(128),
  name: text(255, 1),
  localDirectory: orNull(text(4096)),
  remoteDirectory: orNull(text(4096)),
  synchronisedBrowsing: flag,
  directoryComparison: flag,
});
const secret = orNull(text(4096));
const site = record(
  {
    name: text(255, 1),
    folderId: orNull(text(1024)),
    protocol: oneOf('ftp', 'sftp', 'scp', 'tftp', 'ftp+ssh', 'dav'),
    host: text(255, 1),
    port: orNull(integer(1, 65_535)),
    encryption: oneOf('explicit-if-available', 'explicit', 'implicit', 'none'),
    logon: oneOf('anonymous', 'normal', 'ask', 'interactive', 'account', 'key', 'agent'),
    user: text(255),
    account: text(255),
    keyFile: text(4096),
    transferMode: oneOf('default', 'active', 'passive'),
    maximumConnections: orNull(integer(1, 1000)),
    charset: text(64),
    timeOffsetMinutes: integer(-1440, 1440),
    serverType: text(64),
    bypassProxy: flag,
    localDirectory: text(4096),
    remoteDirectory: text(4096),
    synchronisedBrowsing: flag,
    directoryComparison: flag,
    comment: text(64 * 1024),
    colour: oneOf('none', 'red', 'orange', 'yellow', 'green', 'cyan', 'blue', 'purple'),
    bookmarks: list(bookmark, 1000),
    password: secret,
    keyPassphrase: secret,
  },
  ['password', 'keyPassphrase'],
);
const folder = record({ name: text(255, 1), parentId: orNull(text(1024)) });
const choice = oneOf(...existingFileChoices);
const choiceOrAsk = oneOf(...existingFileChoices, 'ask');
const transferStates = oneOf(
  'queued',
  'scanning',
  'active',
  'waiting',
  'paused',
  'done',
  'skipped',
  'failed',
);
const transfer = record(
  {
    source: place,
    targetDirectory: place,
    targetName: text(255, 1),
    type: oneOf('file', 'directory'),
    size: octets,
  },
  ['targetName', 'size'],
);
const planAction = oneOf(
  'copy-right',
  'copy-left',
  'delete-right',
  'delete-left',
  'make-directory-right',
  'make-directory-left',
  'equal',
  'conflict',
);
const answers: Schema = {
  anyOf: [
    record({ answer: oneOf('cancel') }),
    record({ answer: oneOf('trust', 'continue'), remember: flag }),
    record({
      answer: oneOf('login'),
      responses: list(text(4096), 64),
      remember: oneOf('no', 'run', 'site'),
    }),
    record(
      {
        answer: oneOf('existing-file'),
        choice,
        newName: text(255, 1),
        always: oneOf('no', 'queue', 'direction'),
        asDefault: flag,
      },
      ['newName'],
    ),
    record({ answer: oneOf('unlock'), password: text(1024) }),
  ],
};
const opaque: Schema = { type: 'object' };

const mebibyte = 1024 * 1024;

/** What a route takes in its body, and how large it may be where the usual limit is too little or too much. */
export interface PageBody {
  readonly schema: Schema;
  readonly maximumOctets?: number;
}

/** The routes that a {@link PageService} answers; logging in, passkeys and shares have plugins of their own. */
export type ServiceRoute = Exclude<
  PageRoute,
  `${string} /session${string}` | `${string} /passkeys${string}` | `${string} /share${string}`
>;

/** The body of every route; null for those that take none. */
export const pageBodies: Readonly<Record<ServiceRoute | PageStream, PageBody | null>> = {
  'GET /preferences': null,
  'PUT /preferences': {
    schema: record({ page: opaque, queue: opaque }, ['page', 'queue']),
    maximumOctets: 256 * 1024,
  },
  'GET /connections': null,
  'POST /connections': {
    schema: {
      anyOf: [
        record({ address: text(16_384, 1), user: text(255), password: text(4096), account: text(255) }, [
          'user',
          'password',
          'account',
        ]),
        record({ siteId: text(1024, 1) }),
      ],
    },
  },
  'POST /connections/:connection/reconnect': null,
  'DELETE /connections/:connection': null,
  'POST /connections/:connection/command': { schema: record({ command: text(2048, 1) }) },
  'POST /files/stat': { schema: place },
  'POST /files/space': { schema: place },
  'POST /files/directory': { schema: record({ ...placeFields, parents: flag }, ['parents']) },
  'POST /files/create': { schema: place },
  'POST /files/rename': {
    schema: record({ connection: id, from: path, to: path, overwrite: flag }, ['overwrite']),
  },
  'POST /files/times': { schema: record({ ...placeFields, modifiedAt: time }) },
  'POST /files/symlink': { schema: record({ ...placeFields, target: text(4096, 1) }) },
  'POST /files/text': { schema: place },
  'PUT /files/text': {
    schema: record(
      {
        ...placeFields,
        text: text(4 * mebibyte),
        encoding: oneOf('utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
        byteOrderMark: flag,
        lineEnding: oneOf('lf', 'crlf', 'cr'),
        version: text(128),
      },
      ['version'],
    ),
    // JSON may write a character as six.
    maximumOctets: 24 * mebibyte,
  },
  'POST /files/ticket': {
    schema: record(
      { connection: id, paths, disposition: oneOf('inline', 'attachment'), archive: oneOf('zip') },
      ['archive'],
    ),
  },
  'POST /files/list': { schema: place },
  'POST /files/sizes': { schema: record({ connection: id, paths }) },
  'POST /files/search': {
    schema: record(
      {
        places: { ...list(place, 16), minItems: 1 },
        name: text(1024),
        nameSyntax: oneOf('glob', 'regex'),
        caseSensitive: flag,
        type: oneOf('file', 'directory', 'symlink'),
        minimumBytes: octets,
        maximumBytes: octets,
        modifiedAfter: time,
        modifiedBefore: time,
        content: text(1024),
      },
      ['name', 'type', 'minimumBytes', 'maximumBytes', 'modifiedAfter', 'modifiedBefore', 'content'],
    ),
  },
  'POST /files/delete': { schema: record({ connection: id, paths }), maximumOctets: 64 * mebibyte },
  'POST /files/mode': {
    schema: record({
      connection: id,
      paths,
      set: integer(0, 0o7777),
      clear: integer(0, 0o7777),
      recursive: oneOf('no', 'all', 'files', 'directories'),
    }),
    maximumOctets: 64 * mebibyte,
  },
  'POST /files/checksum': { schema: record({ ...placeFields, algorithm: text(16, 1) }) },
  'GET /queue': null,
  'POST /queue': {
    schema: record(
      {
        transfers: { ...list(transfer, 100_000), minItems: 1 },
        paused: flag,
        priority: integer(1, 5),
        move: flag,
        existing: choice,
      },
      ['paused', 'priority', 'move', 'existing'],
    ),
    maximumOctets: 64 * mebibyte,
  },
  'POST /queue/actions': {
    schema: record(
      {
        action: oneOf('pause', 'resume', 'retry', 'remove', 'priority', 'first', 'last'),
        transfers: { anyOf: [list(id, 200_000), record({ states: list(transferStates, 16) })] },
        priority: integer(1, 5),
      },
      ['priority'],
    ),
    maximumOctets: 16 * mebibyte,
  },
  'GET /queue/settings': null,
  'PUT /queue/settings': {
    schema: record({
      paused: flag,
      parallel: integer(1, 10),
      parallelDownloads: integer(0, 10),
      parallelUploads: integer(0, 10),
      downloadLimit: orNull(integer(1, Number.MAX_SAFE_INTEGER)),
      uploadLimit: orNull(integer(1, Number.MAX_SAFE_INTEGER)),
      existingDownload: choiceOrAsk,
      existingUpload: choiceOrAsk,
      preserveTimes: flag,
      verify: flag,
      retries: integer(0, 99),
      serverToServer: oneOf('auto', 'require', 'off'),
      whenFinished: oneOf('nothing', 'notify', 'sound', 'disconnect', 'exit', 'run-command'),
      finishCommand: orNull(text(4096)),
    }),
  },
  'POST /plans': {
    schema: record({
      kind: oneOf('mirror', 'both', 'compare'),
      left: place,
      right: place,
      compare: list(oneOf('size', 'time', 'checksum'), 3),
      timeToleranceMs: integer(0, 86_400_000),
      delete: flag,
      onlyNewer: flag,
      include: list(text(1024, 1), 100),
      exclude: list(text(1024, 1), 100),
    }),
  },
  'POST /plans/:plan/run': {
    schema: record({ items: list(record({ id: integer(0, 10_000_000), action: planAction }), 1_000_000) }),
    maximumOctets: 64 * mebibyte,
  },
  'GET /plans/:plan': null,
  'DELETE /plans/:plan': null,
  'GET /sites': null,
  'POST /sites': { schema: site },
  'PUT /sites/:site': { schema: site },
  'DELETE /sites/:site': null,
  'POST /sites/:site/copy': null,
  'POST /folders': { schema: folder },
  'PUT /folders/:folder': { schema: folder },
  'DELETE /folders/:folder': null,
  'PUT /bookmarks': { schema: record({ bookmarks: list(bookmark, 1000) }) },
  'POST /sites/import': {
    schema: record(
      {
        format: oneOf('filezilla', 'ssh-config', 'wherry'),
        content: text(16 * mebibyte),
        folderId: orNull(text(1024)),
      },
      ['content'],
    ),
    maximumOctets: 24 * mebibyte,
  },
  'POST /sites/export': {
    schema: record({ format: oneOf('filezilla', 'ssh-config', 'wherry'), withPasswords: flag }),
  },
  'POST /sites/unlock': { schema: record({ password: text(1024) }) },
  'POST /sites/lock': null,
  'PUT /sites/master-password': { schema: record({ old: orNull(text(1024)), new: orNull(text(1024)) }) },
  'GET /questions': null,
  'POST /questions/:question/answer': { schema: answers },
  'GET /trust': null,
  'DELETE /trust/:record': null,
  'GET /log': null,
  'DELETE /log': null,
};

/** The routes whose answers are streams. */
export const pageStreams: ReadonlySet<string> = new Set<PageStream>([
  'POST /files/list',
  'POST /files/sizes',
  'POST /files/search',
  'POST /files/delete',
  'POST /files/mode',
  'POST /files/checksum',
  'GET /queue',
  'POST /plans',
]);
