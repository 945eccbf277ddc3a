import { DetailedError, Upload } from 'tus-js-client';
import { csrfHeader, pagePrefix, type Place } from '#protocols/http/contract/page/common.ts';
import { uploadChunkBytes, uploadsPath, type UploadMetadata } from '#protocols/http/contract/page/uploads.ts';
import { requestHeaders } from '../api/call.ts';
import { leave, session } from '../state/session.ts';
import { uploads, type LocalFile, type UploadRecord } from './uploads.ts';

/** Browsers open six connections to a host; the page itself needs some. */
const parallel = 3;
const retryDelaysMs = [0, 1000, 3000, 5000, 10_000, 20_000];

interface Running {
  readonly upload: Upload;
  startedAt: number;
  startedBytes: number;
}

const running = new Map<number, Running>();
/** Uploads that wait for somebody to log in again. */
const expired = new Set<number>();
let nextId = 1;

function change(id: number, fields: Partial<UploadRecord>): void {
  uploads.set(uploads.get().map((record) => (record.id === id ? { ...record, ...fields } : record)));
}

/** Puts files into the queue of uploads and begins with the first ones. */
export function enqueueUploads(
  target: Place,
  files: readonly LocalFile[],
  existing: UploadMetadata['existing'],
): void {
  const added = files.map(({ file, relativePath }): UploadRecord => {
    const id = nextId++;
    running.set(id, {
      upload: prepare(id, file, { target, relativePath, existing }),
      startedAt: 0,
      startedBytes: 0,
    });
    return {
      id,
      name: relativePath,
      target,
      totalBytes: file.size,
      doneBytes: 0,
      bytesPerSecond: 0,
      state: 'waiting',
      error: null,
    };
  });
  uploads.set([...uploads.get(), ...added]);
  startNext();
}

interface Destination {
  readonly target: Place;
  readonly relativePath: string;
  readonly existing: UploadMetadata['existing'];
}

function prepare(id: number, file: File, { target, relativePath, existing }: Destination): Upload {
  const metadata: UploadMetadata = {
    connection: target.connection,
    directory: target.path,
    relativePath,
    modifiedAt: String(file.lastModified),
    existing,
  };
  return new Upload(file, {
    endpoint: `${pagePrefix}${uploadsPath}`,
    chunkSize: uploadChunkBytes,
    retryDelays: retryDelaysMs,
    metadata: { ...metadata },
    // The same file for the same place goes on where an earlier page left it.
    fingerprint: () =>
      Promise.resolve(['wherry', target.path, relativePath, file.size, file.lastModified].join('\n')),
    removeFingerprintOnSuccess: true,
    // Set here alone: a header that is set twice is sent with both values.
    onBeforeRequest: (request) => {
      for (const [name, value] of Object.entries(requestHeaders())) request.setHeader(name, value);
    },
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      // Behind a broken connection octets still arrive after the offset was asked for: it is asked for anew.
      const isElsewhere = status === 409 && error.originalRequest.getMethod() === 'PATCH';
      return status === 0 || status === 423 || status >= 500 || isElsewhere;
    },
    onProgress: (doneBytes) => {
      const one = running.get(id);
      if (one === undefined) return;
      if (one.startedAt === 0) Object.assign(one, { startedAt: performance.now(), startedBytes: doneBytes });
      const seconds = (performance.now() - one.startedAt) / 1000;
      const bytesPerSecond = seconds > 0.2 ? (doneBytes - one.startedBytes) / seconds : 0;
      change(id, { doneBytes, bytesPerSecond });
    },
    onSuccess: () => {
      running.delete(id);
      change(id, { state: 'done', doneBytes: file.size, bytesPerSecond: 0 });
      startNext();
    },
    onError: (error) => {
      const status = error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0;
      if (status === 401 && isOfEarlierLogin(error)) {
        resume(id);
        return;
      }
      if (status === 401) {
        expired.add(id);
        leave('The session has expired. Log in, and the uploads go on where they were.');
      }
      change(id, {
        state: status === 401 ? 'paused' : 'failed',
        bytesPerSecond: 0,
        error: reasonOf(status, error),
      });
      startNext();
    },
  });
}

/** Whether what was refused was sent before the login that holds. */
function isOfEarlierLogin(error: Error | DetailedError): boolean {
  const sent = error instanceof DetailedError ? error.originalRequest.getHeader(csrfHeader) : undefined;
  return session.get()?.user !== null && sent !== requestHeaders()[csrfHeader];
}

session.subscribe(() => {
  if (session.get()?.user === null) return;
  for (const id of expired) resume(id);
  expired.clear();
});

function reasonOf(status: number, error: Error): string {
  if (status === 0) return 'The connection was lost; try again to go on where it was.';
  if (status === 401) return 'The session has expired.';
  if (status === 409) return 'A file of this name is there already.';
  if (status === 413) return 'The file is too large, or the quota is used up.';
  if (status === 403) return 'You may not upload here.';
  return `The server refused the file (${status || error.message}).`;
}

function startNext(): void {
  const active = uploads.get().filter(({ state }) => state === 'active').length;
  const waiting = uploads.get().filter(({ state }) => state === 'waiting');
  for (const { id } of waiting.slice(0, Math.max(0, parallel - active))) start(id);
}

function start(id: number): void {
  const one = running.get(id);
  if (one === undefined) return;
  one.startedAt = 0;
  change(id, { state: 'active', error: null });
  void one.upload.findPreviousUploads().then((previous) => {
    const [latest] = previous;
    if (latest !== undefined) one.upload.resumeFromPreviousUpload(latest);
    one.upload.start();
  });
}

export function pause(id: number): void {
  void running.get(id)?.upload.abort();
  change(id, { state: 'paused', bytesPerSecond: 0 });
  startNext();
}

export function resume(id: number): void {
  change(id, { state: 'waiting', error: null });
  startNext();
}

/** Takes an upload out; what has come of it is deleted at the server. */
export async function remove(id: number): Promise<void> {
  const one = running.get(id);
  running.delete(id);
  uploads.set(uploads.get().filter((record) => record.id !== id));
  await one?.upload.abort(true).catch(() => undefined);
  startNext();
}
