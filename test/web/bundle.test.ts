import assert from 'node:assert/strict';
import { before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startBackend } from './backend/start-backend.ts';
import { browserTest, openPage } from './browser.ts';
import { buildPage } from './built-page.ts';

/** What the first view may weigh, in octets of gzip. */
const firstViewLimit = 200 * 1024;

before(buildPage);

browserTest('the first view needs less than 200 KB of compressed script', async () => {
  await using running = await startBackend();
  await using opened = await openPage('about:blank');
  const { page } = opened;
  const scripts: Promise<number>[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('.js')) scripts.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.goto(running.address);
  await page.getByRole('row', { name: 'notes.txt' }).waitFor();
  await page.getByText('Nothing is waiting.').waitFor();
  const sizes = await Promise.all(scripts);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total > 50_000, 'the scripts were seen');
  assert.ok(total < firstViewLimit, `the first view takes ${total} octets of script`);
});
