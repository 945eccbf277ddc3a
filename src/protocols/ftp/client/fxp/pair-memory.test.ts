import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FtpSession } from '../session.ts';
import type { FxpWay } from './fxp-options.ts';
import { PairMemory } from './pair-memory.ts';

const clear: FxpWay = { passive: 'target', tls: null };
const reverse: FxpWay = { passive: 'source', tls: null };
const switched: FxpWay = { passive: 'target', tls: { verb: 'SSCN', client: 'source' } };
const listening: FxpWay = { passive: 'target', tls: { verb: 'CPSV', client: 'target' } };

test('what worked comes first, what cost a connection not at all', () => {
  const memory = new PairMemory();
  assert.deepEqual(memory.choose([clear, reverse]), [clear, reverse]);
  memory.prove({ ...reverse });
  assert.deepEqual(memory.choose([clear, reverse]), [reverse, clear]);
  memory.avoid({ passive: 'target', tls: { verb: 'SSCN', client: 'source' } });
  assert.deepEqual(memory.choose([switched, listening]), [listening]);
  assert.deepEqual(memory.choose([switched]), []);
});

test('a memory belongs to two hosts in one direction', () => {
  const session = (): FtpSession => ({ memory: {} }) as unknown as FtpSession;
  const [one, two] = [session(), session()];
  assert.equal(PairMemory.of(one, two), PairMemory.of({ ...one }, { ...two }));
  assert.notEqual(PairMemory.of(one, two), PairMemory.of(two, one));
});
