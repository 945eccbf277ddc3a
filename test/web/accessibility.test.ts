import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { before } from 'node:test';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';
import { startBackend } from './backend/start-backend.ts';
import { browserTest, openPage } from './browser.ts';
import { buildPage } from './built-page.ts';

before(buildPage);

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Findings of axe that keep people from using what is on show, with the elements they are about. */
async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(axePath, 'utf8'));
  const results = await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { readonly axe: typeof axe };
    return checker.run();
  });
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

for (const colorScheme of ['light', 'dark'] as const) {
  browserTest(
    `axe finds nothing serious in the two panes, the site manager and the login (${colorScheme})`,
    async () => {
      await using running = await startBackend();
      // The policy of the page lets no foreign script in, so that axe needs it out of the way.
      await using opened = await openPage(running.address, {
        colorScheme,
        bypassCSP: true,
        reducedMotion: 'reduce',
      });
      const { page } = opened;
      await page.getByRole('button', { name: /Bakery web site/u }).click();
      await page
        .getByRole('region', { name: 'Right pane' })
        .getByRole('row', { name: 'welcome.txt' })
        .waitFor();
      await page.getByRole('grid').getByRole('row', { name: 'notes.txt' }).click();
      assert.deepEqual(await seriousFindings(page), []);
      await page.keyboard.press('Control+s');
      await page.getByRole('row', { name: 'Bakery backup' }).click();
      await page.getByRole('textbox', { name: 'Key file' }).waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      await using hosted = await startBackend({ mode: 'hosted' });
      await page.goto(hosted.origin);
      await page.getByLabel('Password').waitFor();
      assert.deepEqual(await seriousFindings(page), []);
    },
  );
}
