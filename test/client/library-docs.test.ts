import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, root, startDocumented } from '#test/docs/documented-server.ts';

const page = 'docs/reference/library.md';
const library = join(root, 'src/client/index.ts');

test(`the examples of ${page} run, in order, and print what they say`, async () => {
  const [serverBlock = ''] = await blocksOf(page, 'sh', 'server');
  const examples = await blocksOf(page, 'ts', 'run');
  assert.ok(examples.length >= 8);
  await using server = await startDocumented(serverBlock);
  for (const [index, example] of examples.entries()) {
    const name = `example-${index}.mts`;
    const code = example.replaceAll("from 'wherry'", `from '${library}'`);
    const script = `cat > ${name} <<'END OF EXAMPLE'\n${code}\nEND OF EXAMPLE\nwherry-node --disable-warning=ExperimentalWarning ${name}`;
    const printed = await server.shell(script);
    let from = 0;
    for (const [, expected = ''] of example.matchAll(/\/\/ prints (.+)$/gm)) {
      const found = printed.indexOf(expected, from);
      assert.ok(found >= 0, `Expected ${JSON.stringify(expected)} behind character ${from} of: ${printed}`);
      from = found + expected.length;
    }
  }
});
