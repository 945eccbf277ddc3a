import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { claimAndMove, moveExclusively } from './publication.ts';

for (const move of [moveExclusively, claimAndMove]) {
  test(`${move.name} moves to a free name and leaves a taken one alone`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'wherry-publication-'));
    const [from, to] = [join(directory, 'from'), join(directory, 'to')];
    writeFileSync(from, 'one');
    await move(from, to);
    assert.deepEqual(readdirSync(directory), ['to']);
    writeFileSync(from, 'two');
    await assert.rejects(move(from, to), { code: 'EEXIST' });
    assert.equal(readFileSync(from, 'utf8'), 'two');
    assert.equal(readFileSync(to, 'utf8'), 'one');
    await assert.rejects(move(join(directory, 'missing'), join(directory, 'other')), { code: 'ENOENT' });
    assert.deepEqual(readdirSync(directory).sort(), ['from', 'to']);
    rmSync(directory, { recursive: true });
  });
}
