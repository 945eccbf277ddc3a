import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskPace } from './disk-pace.ts';

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('goes to the background after a slow call, also after one that failed', async () => {
  for (const fails of [false, true]) {
    const pace = new DiskPace();
    const slow = (): string => {
      spin(15);
      if (fails) throw new Error('slow and in vain');
      return 'here';
    };
    const later = (): Promise<string> => Promise.resolve('in the background');
    if (fails) assert.throws(() => pace.run(slow, later));
    else assert.equal(pace.run(slow, later), 'here');
    assert.equal(await pace.run(slow, later), 'in the background');
  }
});
