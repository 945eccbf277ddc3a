/** Exchanges a directory with a link that leads out of the root, again and again, until the worker is ended. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';

const root = workerData as string;
const [swapped, aside, trap] = ['swapped', 'aside', 'trap'].map((name) => join(root, name)) as [
  string,
  string,
  string,
];

function exchange(): void {
  for (let round = 0; round < 200; round += 1) {
    renameSync(swapped, aside);
    renameSync(trap, swapped);
    renameSync(swapped, trap);
    renameSync(aside, swapped);
  }
  setImmediate(exchange);
}

exchange();
