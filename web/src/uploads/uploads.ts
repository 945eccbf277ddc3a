import type { Place } from '#protocols/http/contract/page/common.ts';
import type { UploadMetadata } from '#protocols/http/contract/page/uploads.ts';
import { createStore } from '../state/store.ts';

/** A file of the browser on its way to the server. */
export interface UploadRecord {
  readonly id: number;
  readonly name: string;
  readonly target: Place;
  readonly totalBytes: number;
  readonly doneBytes: number;
  readonly bytesPerSecond: number;
  readonly state: 'waiting' | 'active' | 'paused' | 'done' | 'failed';
  readonly error: string | null;
}

/** A file that was chosen or dropped, and where it goes below the target. */
export interface LocalFile {
  readonly file: File;
  readonly relativePath: string;
}

export const uploads = createStore<readonly UploadRecord[]>([]);

type Existing = UploadMetadata['existing'];

/** Begins to upload; the part that does it is loaded when it is first needed. */
export async function startUploads(
  target: Place,
  files: readonly LocalFile[],
  existing: Existing,
): Promise<void> {
  const { enqueueUploads } = await import('./tus-queue.ts');
  enqueueUploads(target, files, existing);
}

export async function pauseUpload(id: number): Promise<void> {
  (await import('./tus-queue.ts')).pause(id);
}

export async function resumeUpload(id: number): Promise<void> {
  (await import('./tus-queue.ts')).resume(id);
}

export async function removeUpload(id: number): Promise<void> {
  await (await import('./tus-queue.ts')).remove(id);
}
