import assert from 'node:assert/strict';
import { before } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { startBackend, type RunningBackend } from './backend/start-backend.ts';
import { browserTest, openPage } from './browser.ts';
import { buildPage } from './built-page.ts';

before(buildPage);

function list(page: Page, side: 'Left' | 'Right'): Locator {
  return page.getByRole('region', { name: `${side} pane` }).getByRole('grid');
}

function row(grid: Locator, name: string): Locator {
  return grid.getByRole('row', { name, exact: true });
}

/** Runs a test with the page connected to the sample site: the web site on the left, the server's `www` on the right. */
async function withSite(
  run: (page: Page, running: RunningBackend, panes: { left: Locator; right: Locator }) => Promise<void>,
): Promise<void> {
  await using running = await startBackend();
  await using opened = await openPage(running.address);
  const { page, complaints } = opened;
  page.setDefaultTimeout(15_000);
  await page.getByRole('button', { name: /Bakery web site/u }).click();
  const [left, right] = [list(page, 'Left'), list(page, 'Right')];
  await row(right, 'www').dblclick();
  await row(left, 'website').dblclick();
  await row(right, 'robots.txt').waitFor();
  await row(left, 'release.tar.gz').waitFor();
  await run(page, running, { left, right });
  assert.deepEqual(complaints, [], 'nothing broke a policy and no script failed');
}

browserTest('a transfer that failed tells why and can be tried again', () =>
  withSite(async (page, running, { left, right }) => {
    await row(left, 'release.tar.gz').click();
    await page.keyboard.press('F5');
    await page
      .getByRole('grid', { name: 'Queued transfers' })
      .getByRole('row', { name: 'release.tar.gz' })
      .waitFor();
    const [transfer] = running.backend.queue.transfers.values();
    running.backend.queue.fail(transfer?.id ?? '', {
      code: 'connection-lost',
      message: 'The server closed the connection',
      retryable: true,
    });
    await page.getByRole('tab', { name: 'Failed 1' }).click();
    await page.getByText('The server closed the connection').waitFor();
    running.backend.queue.bytesPerStep = 1e9;
    await page.getByRole('button', { name: 'Try all again' }).click();
    await row(right, 'release.tar.gz').waitFor();
  }),
);

browserTest('a lost connection says so and comes back', () =>
  withSite(async (page, running, { right }) => {
    const id = [...running.backend.connections.keys()].find((one) => one !== 'local') ?? '';
    const tree = running.backend.tree(id);
    running.backend.trees.delete(id);
    running.backend.lose(id);
    await page.getByRole('region', { name: 'Right pane' }).getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('The connection is gone').waitFor();
    running.backend.trees.set(id, tree);
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await row(right, 'robots.txt').waitFor();
  }),
);

browserTest('in a narrow window the panes stand one above the other, and nothing is beside it', async () => {
  await using running = await startBackend();
  await using opened = await openPage(running.address, { viewport: { width: 390, height: 780 } });
  const { page } = opened;
  page.setDefaultTimeout(20_000);
  await page.getByRole('row', { name: 'notes.txt' }).waitFor();
  await page.getByRole('button', { name: /Bakery web site/u }).click();
  const right = page.getByRole('region', { name: 'Right pane' });
  await right.getByRole('grid').waitFor();
  const [above, below] = await Promise.all([
    page.getByRole('region', { name: 'Left pane' }).boundingBox(),
    right.boundingBox(),
  ]);
  assert.ok(above !== null && below !== null && above.y + above.height <= below.y);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  await page.getByRole('tab', { name: 'Log' }).click();
  await page.getByRole('log', { name: 'Messages' }).waitFor();
});
