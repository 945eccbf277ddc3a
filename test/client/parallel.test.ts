import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionOver } from '#client/connect/connection-over.ts';
import { parallelFor } from '#client/mirror/parallel.ts';
import type { Connection } from '#core/connection.ts';
import type { FileSystem } from '#core/file-system.ts';
import { MemoryFileSystem } from '#storage/index.ts';

const facts = { protocol: 'sftp', host: 'h', port: 22, user: null, software: null, security: null };

function remote(parallelTransfers: number, roundTripMs?: number): FileSystem {
  const traits: Partial<Connection> = roundTripMs === undefined ? {} : { roundTripMs };
  return Object.assign(connectionOver(new MemoryFileSystem(), { facts, parallelTransfers }), traits);
}

test('files side by side: what both ends can take, and near by no more than keeps them busy', () => {
  const here = new MemoryFileSystem();
  assert.equal(parallelFor([here, remote(512)]), 256);
  assert.equal(parallelFor([here, remote(512, Number.POSITIVE_INFINITY)]), 256);
  assert.equal(parallelFor([here, remote(512, 50)]), 256);
  assert.equal(parallelFor([remote(512, 4), here]), 100);
  assert.equal(parallelFor([remote(512, 0.2), here]), 64);
  assert.equal(parallelFor([remote(512, 0.2), remote(512, 50)]), 64);
  assert.equal(parallelFor([here, remote(8, 0.2)]), 8);
  assert.equal(parallelFor([here, remote(8, 0.2)], 3), 24);
  assert.equal(parallelFor([here, here], 3), 3);
});
