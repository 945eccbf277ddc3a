import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { mapFile } from '#native/index.ts';
import { portableRoom } from '#native/portable/room.ts';
import { addonTest } from './addon-test.ts';
import { temporaryDirectory } from './rooms.ts';

/** A new file, open as a map needs it. */
function newFile(
  context: TestContext,
  flags = 'ax+',
): { readonly path: string; readonly descriptor: number } {
  const path = join(temporaryDirectory(context), 'lines');
  const descriptor = openSync(path, flags);
  context.after(() => closeSync(descriptor));
  return { path, descriptor };
}

/** ext4 and tmpfs, where what is reserved stays reserved. */
const mapsHere = [0xef53, 0x01021994].includes(statfsSync(process.env['TMPDIR'] ?? '/tmp').type);

test('portable: no file is mapped, and it is as it was', (context) => {
  const { descriptor } = newFile(context);
  assert.equal(portableRoom.mapFile(descriptor, 4096), null);
  assert.equal(fstatSync(descriptor).size, 0);
});

addonTest('addon: lines are in the file when they are added, with zeros behind them', (context) => {
  const { path, descriptor } = newFile(context);
  const map = mapFile(descriptor, 4096);
  assert.equal(map !== null, mapsHere);
  if (map === null) return;
  assert.equal(map.append('grüße'), 8);
  assert.equal(map.append(''), 9);
  assert.equal(map.append('\u{1f600}'), 14);
  const octets = readFileSync(path);
  assert.equal(octets.length, 4096, 'room is reserved');
  assert.equal(octets.subarray(0, 14).toString(), 'grüße\n\n\u{1f600}\n');
  assert.ok(octets.subarray(14).every((octet) => octet === 0));
  map.close();
  map.close();
  assert.throws(() => map.append('late'), { code: 'EINVAL' });
  assert.equal(readFileSync(path).subarray(0, 14).toString(), 'grüße\n\n\u{1f600}\n', 'and stays there');
});

addonTest('addon: a line for which there is no room changes nothing', (context) => {
  const { path, descriptor } = newFile(context);
  const map = mapFile(descriptor, 10);
  if (map === null) return;
  assert.equal(map.append('12345678901'), null);
  assert.equal(map.append('ääääx'), 10, 'it fits to the last octet');
  assert.equal(map.append(''), null);
  assert.equal(readFileSync(path, 'utf8'), 'ääääx\n');
  map.close();
});

addonTest('addon: what cannot be mapped is not, and is as it was', (context) => {
  const { descriptor } = newFile(context, 'ax');
  assert.equal(mapFile(descriptor, 4096), null, 'memory would have to be read as well');
  assert.equal(fstatSync(descriptor).size, 0);
  assert.equal(mapFile(descriptor, 2 ** 60), null, 'no disk has that much room');
  assert.equal(fstatSync(descriptor).size, 0);
});
