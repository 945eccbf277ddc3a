import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { blocksOf, root, startDocumented } from './documented-server.ts';

/** Programs that the pages call, and the Debian package of each. */
const packages: Readonly<Record<string, string>> = {
  curl: 'curl',
  lftp: 'lftp',
  openssl: 'openssl',
  sftp: 'openssh-client',
  scp: 'openssh-client',
  'ssh-keygen': 'openssh-client',
};

function missingPrograms(blocks: readonly string[]): readonly string[] {
  const called = new Set(blocks.join('\n').match(/^[a-z-]+/gm));
  return Object.keys(packages).filter(
    (program) => called.has(program) && spawnSync('which', [program]).status !== 0,
  );
}

const pages = ['README.md', ...globSync('docs/guide/*.md', { cwd: root })].sort();

for (const page of pages) {
  const [serverBlock] = await blocksOf(page, 'sh', 'server');
  const blocks = await blocksOf(page, 'sh', 'run');
  if (blocks.length === 0) continue;
  const missing = missingPrograms([serverBlock ?? '', ...blocks]);
  const reason = `needs ${missing.map((program) => packages[program]).join(', ')}`;
  const complete = process.env['WHERRY_TESTS_COMPLETE'] === '1';
  test(
    `the commands of ${page} work`,
    { skip: missing.length > 0 && !complete ? reason : false },
    async () => {
      assert.deepEqual(missing, [], reason);
      assert.ok(serverBlock !== undefined, `${page} has commands and no server to run them against`);
      await using server = await startDocumented(serverBlock);
      for (const block of blocks) {
        const printed = await server.shell(block);
        // What a page claims to be printed stands behind `# prints` on the line.
        let from = 0;
        for (const [, expected = ''] of block.matchAll(/# prints (.+)$/gm)) {
          const found = printed.indexOf(expected, from);
          assert.ok(
            found >= 0,
            `Expected ${JSON.stringify(expected)} behind character ${from} of: ${printed}`,
          );
          from = found + expected.length;
        }
      }
    },
  );
}

test('pages with commands that run are found', async () => {
  const counts = await Promise.all(pages.map(async (page) => (await blocksOf(page, 'sh', 'run')).length));
  assert.ok(counts.filter((count) => count > 0).length >= 4, 'README and three guides have such commands');
});
