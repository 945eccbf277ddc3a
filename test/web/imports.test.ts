import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const sources = join(import.meta.dirname, '../../web/src');
const imports = /(?:from|import\()\s*'([^']+)'/gu;

test('the page knows nothing of the program but the contract, and of that only types and constants of its own part', async () => {
  const foreign: string[] = [];
  let files = 0;
  for await (const name of glob('**/*.{ts,tsx}', { cwd: sources })) {
    files += 1;
    const text = await readFile(join(sources, name), 'utf8');
    for (const [statement, target = ''] of text.matchAll(imports)) {
      const ownContract = target.startsWith('#protocols/http/contract/page/');
      const administration = target.startsWith('#protocols/http/contract/admin/');
      if (administration && !typesOnly(text, target))
        foreign.push(`${name}: ${statement} is more than types`);
      if (target.startsWith('#') && !ownContract && !administration) foreign.push(`${name}: ${target}`);
      if (target.startsWith('node:') || target.includes('../src/')) foreign.push(`${name}: ${target}`);
    }
  }
  assert.ok(files > 80, 'the sources were found');
  assert.deepEqual(foreign, []);
});

/** Whether a file takes only types from there: the schemas of the administration would weigh on the page. */
function typesOnly(text: string, target: string): boolean {
  const before = text.slice(0, text.indexOf(`'${target}'`));
  return before.slice(before.lastIndexOf('import ')).startsWith('import type ');
}
