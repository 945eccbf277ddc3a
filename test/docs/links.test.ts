import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root } from './documented-server.ts';

const pages = globSync(['*.md', 'docs/**/*.md', 'decisions/*.md', 'bench/README.md'], { cwd: root });

test('links between pages lead somewhere', async () => {
  const broken: string[] = [];
  for (const page of pages) {
    const text = await readFile(join(root, page), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!\w+:)([^)#]+)(?:#[^)]*)?\)/g)) {
      if (!existsSync(join(root, dirname(page), target))) broken.push(`${page}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

for (const folder of ['decisions', 'docs']) {
  test(`the index of ${folder} names every page`, async () => {
    const index = await readFile(join(root, folder, 'README.md'), 'utf8');
    const named = new Set([...index.matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, target]) => target));
    const there = globSync('**/*.md', { cwd: join(root, folder) }).filter((name) => name !== 'README.md');
    assert.deepEqual(
      there.filter((name) => !named.has(name)),
      [],
    );
  });
}
