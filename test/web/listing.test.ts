import assert from 'node:assert/strict';
import { before } from 'node:test';
import { startBackend } from './backend/start-backend.ts';
import { browserTest, openPage } from './browser.ts';
import { buildPage } from './built-page.ts';

before(buildPage);

browserTest(
  '100,000 entries: few rows exist, all can be reached, filtered, sorted and selected',
  async () => {
    await using running = await startBackend({ manyFiles: 100_000 });
    await using opened = await openPage(running.address);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    await page.getByRole('button', { name: /Bakery web site/u }).click();
    const pane = page.getByRole('region', { name: 'Right pane' });
    const grid = pane.getByRole('grid');
    await grid.getByRole('row', { name: 'many' }).dblclick();
    await pane.getByText('100,000 entries').waitFor();
    assert.equal(await grid.getAttribute('aria-rowcount'), '100002');
    assert.ok((await grid.getByRole('row').count()) < 120, 'only rows in sight are in the page');
    await grid.getByRole('row', { name: 'record-0.csv' }).click();
    await page.keyboard.press('End');
    await grid.getByRole('row', { name: 'record-99999.csv' }).waitFor();
    await page.keyboard.press('Control+f');
    await pane.getByRole('textbox', { name: 'Filter' }).fill('9999');
    await pane.getByText('19 of 100000 shown').waitFor();
    await pane.getByRole('textbox', { name: 'Filter' }).press('Escape');
    await grid.getByRole('button', { name: 'Size' }).click();
    await grid
      .getByRole('columnheader', { name: 'Size' })
      .and(page.locator('[aria-sort="ascending"]'))
      .waitFor();
    await grid
      .getByRole('row', { name: /record-/u })
      .first()
      .click();
    await page.keyboard.press('Control+a');
    await pane.getByText('100,000 entries selected').waitFor();
    assert.deepEqual(complaints, []);
  },
);
