import { renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';

/** What the test gives to this worker. */
export interface SwapperData {
  /** First word: set to 1 to stop. Second: swaps done so far. */
  readonly shared: SharedArrayBuffer;
  readonly root: string;
  readonly outside: string;
}

const { shared, root, outside } = workerData as SwapperData;
const state = new Int32Array(shared);

/** Puts a link that leads out in the place of a name for a moment, again and again. */
function swap(name: string, target: string): void {
  const path = join(root, name);
  const aside = join(root, `${name}-aside`);
  try {
    renameSync(path, aside);
    symlinkSync(target, path);
    unlinkSync(path);
    renameSync(aside, path);
  } catch {
    // The session moved or replaced the name at this moment; the next turn starts from what is there.
  }
}

while (Atomics.load(state, 0) === 0) {
  swap('directory', outside);
  swap('directory', '../outside');
  swap('file', join(outside, 'file'));
  Atomics.add(state, 1, 1);
}
