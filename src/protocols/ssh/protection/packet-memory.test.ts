import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseMemory, takeMemory } from './packet-memory.ts';

test('memory that is given back is used again, and views of it that are left are empty', () => {
  const first = takeMemory(130_000);
  first.fill(1);
  const view = first.subarray(5, 10);
  const twin = new Uint8Array(first.buffer);
  const room = first.buffer.byteLength;
  releaseMemory(view);
  assert.deepEqual([first.length, view.length, twin.length], [0, 0, 0]);
  // Given back a second time there is nothing left to give.
  releaseMemory(first);
  const [second, third] = [takeMemory(room), takeMemory(room)];
  assert.equal(second[0], 1);
  assert.notEqual(second.buffer, third.buffer);
});

test('memory of any other length goes back to the system', () => {
  for (const length of [4096, 50_000, 200_000]) {
    const memory = Buffer.allocUnsafeSlow(length);
    releaseMemory(memory);
    assert.equal(memory.length, 0);
  }
});

test('small memory is left to the collector, for it may share its room', () => {
  const memory = Buffer.from('some text');
  releaseMemory(Buffer.allocUnsafeSlow(4095));
  releaseMemory(takeMemory(10));
  assert.equal(memory.toString(), 'some text');
});

test('no more is kept than a bound', () => {
  const rooms = Array.from({ length: 400 }, () => takeMemory(36_000));
  for (const room of rooms) releaseMemory(room);
  const again = Array.from({ length: 400 }, () => takeMemory(36_000).buffer);
  assert.equal(new Set(again).size, 400);
});

test('no memory is more than twice as large as what was asked for', () => {
  for (let length = 1; length < 300_000; length += 997) {
    const { buffer, length: given } = takeMemory(length);
    assert.equal(given, length);
    assert.ok(buffer.byteLength <= 2 * length, `${buffer.byteLength} for ${length}`);
  }
});
