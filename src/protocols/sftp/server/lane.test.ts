import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lane, type LaneMode } from './lane.ts';

/** Lets requests of these modes line up and tells which are in at the same time, in turns. */
function turnsOf(modes: readonly LaneMode[]): string[] {
  const lane = new Lane();
  let inside: LaneMode[] = [];
  for (const mode of modes) lane.enter(mode, () => void inside.push(mode));
  const turns: string[] = [];
  while (inside.length > 0) {
    const leaving = inside;
    inside = [];
    turns.push(leaving.join('+'));
    for (let left = leaving.length; left > 0; left -= 1) lane.leave();
  }
  return turns;
}

test('equal modes go together, exclusive ones alone, and nobody overtakes', () => {
  assert.deepEqual(turnsOf(['read', 'read', 'write', 'write', 'read']), ['read+read', 'write+write', 'read']);
  assert.deepEqual(turnsOf(['exclusive', 'exclusive', 'read', 'exclusive']), [
    'exclusive',
    'exclusive',
    'read',
    'exclusive',
  ]);
  assert.deepEqual(turnsOf(['read', 'exclusive', 'read', 'read']), ['read', 'exclusive', 'read+read']);
});
