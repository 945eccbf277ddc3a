import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openAccountDatabase } from '#accounts/index.ts';
import { temporaryDirectory } from './directory.ts';

function start(context: TestContext, script: string, ...words: readonly string[]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  context.after(() => void child.kill('SIGKILL'));
  return { child, closed, lines: createInterface({ input: child.stdout }) };
}

test('no account that was committed is lost to kill -9, and the file can be opened at once', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  const committed: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { child, closed, lines } = start(context, 'account-writer.ts', file, `round${round}-`);
    const killAfter = 3 + round * 9;
    let seen = 0;
    for await (const line of lines) {
      assert.ok(!line.startsWith('refused'), line);
      if (line === 'open') continue;
      committed.push(line);
      seen += 1;
      if (seen === killAfter) child.kill('SIGKILL');
    }
    await closed;
  }
  const database = await openAccountDatabase(file);
  const kept = new Set((await database.list({ limit: 100_000 })).map(({ name }) => name));
  database.close();
  assert.ok(committed.length >= 36);
  assert.deepEqual(
    committed.filter((name) => !kept.has(name)),
    [],
  );
  assert.ok(kept.size <= committed.length + 3, 'at most one more a round, whose line was not yet out');
});

test('a second process is refused while the first has the database, and let in after it', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  const database = await openAccountDatabase(file);
  await assert.rejects(openAccountDatabase(file), { code: 'busy' });
  const refused = start(context, 'account-writer.ts', file, 'x');
  const [line] = (await once(refused.lines, 'line')) as [string];
  await refused.closed;
  assert.equal(line, 'refused busy');
  assert.deepEqual(await database.list(), []);
  database.close();
  const admitted = start(context, 'account-writer.ts', file, 'x');
  const [first] = (await once(admitted.lines, 'line')) as [string];
  assert.equal(first, 'open');
  await assert.rejects(openAccountDatabase(file), { code: 'busy' });
  admitted.child.kill('SIGKILL');
  await admitted.closed;
  (await openAccountDatabase(file)).close();
});

test('who holds the database for a moment keeps nobody out', async (context) => {
  const file = join(await temporaryDirectory(context), 'a.db');
  const database = await openAccountDatabase(file);
  const { lines, closed } = start(context, 'account-opener.ts', file);
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    if (line === 'opening') database.close();
  }
  await closed;
  assert.deepEqual(said, ['opening', 'open']);
});
