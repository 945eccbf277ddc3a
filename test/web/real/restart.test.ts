import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before } from 'node:test';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { limitRates, list, openSite, queueList, row, saveSite } from './panes.ts';
import { startOwn } from './servers.ts';
import { digestsOf, writeTree } from './trees.ts';
import { startUserInterface } from './user-interface.ts';

before(buildPage);

const album = { 'large.bin': 4 * 1024 * 1024, 'a/b/note.txt': 'flour' };

browserTest(
  'the queue goes on after wherry ui was killed, from its next address, with tabs and site as they were',
  async (context) => {
    const server = await startOwn(context, 'sftp');
    const ui = await startUserInterface(context);
    writeTree(join(server.root, 'album'), album);
    {
      await using opened = await openPage(ui.address);
      const { page } = opened;
      page.setDefaultTimeout(20_000);
      await saveSite(page, { name: 'Harbour', protocol: 'sftp', server });
      await limitRates(page, '300');
      const kept = page.waitForRequest(
        (request) => request.method() === 'PUT' && /"siteId"/u.test(request.postData() ?? ''),
      );
      await openSite(page, 'Harbour');
      await (await kept).response();
      await row(list(page, 'Right'), 'album').dragTo(list(page, 'Left'));
      const queued = await queueList(page, 'Queued');
      await row(queued, 'large.bin').getByRole('progressbar').waitFor();
      // What is killed in the moment between its making and its naming stays under the name that is not shown.
      await page.getByRole('tab', { name: 'Done 1' }).waitFor();
      await ui.kill();
      await page.getByRole('alert').filter({ hasText: 'wherry does not answer' }).waitFor();
    }
    await ui.start();
    await using opened = await openPage(ui.address);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    await page.getByRole('list', { name: 'Open before' }).getByRole('button', { name: 'Harbour' }).click();
    await row(list(page, 'Right'), 'album').waitFor();
    await limitRates(page, '');
    await page.getByText('No transfers').waitFor();
    assert.deepEqual(digestsOf(join(ui.home, 'album')), digestsOf(join(server.root, 'album')));
    assert.deepEqual(complaints, []);
  },
);

browserTest(
  'a server that disappears in the middle of a transfer is told of, and the rest comes when it is back',
  async (context) => {
    const server = await startOwn(context, 'ftp');
    const ui = await startUserInterface(context);
    writeTree(join(server.root, 'album'), album);
    await using opened = await openPage(ui.address);
    const { page, complaints } = opened;
    page.setDefaultTimeout(30_000);
    await saveSite(page, { name: 'Harbour', protocol: 'ftp', server });
    await limitRates(page, '300');
    await openSite(page, 'Harbour');
    await row(list(page, 'Right'), 'album').dragTo(list(page, 'Left'));
    const queued = await queueList(page, 'Queued');
    await row(queued, 'large.bin').getByRole('progressbar').waitFor();
    await server.stop();
    await row(queued, 'large.bin').and(page.locator('.transfer-active')).waitFor({ state: 'detached' });
    const right = page.getByRole('region', { name: 'Right pane' });
    await right.getByRole('button', { name: 'Refresh' }).click();
    await right.getByRole('button', { name: /Reconnect|Try again/u }).waitFor();
    await server.restart();
    await limitRates(page, '');
    await right.getByRole('button', { name: /Reconnect|Try again/u }).click();
    await row(list(page, 'Right'), 'album').waitFor();
    const done = page.getByRole('tab', { name: 'Done 2' });
    const failed = page.getByRole('tab', { name: /^Failed \d/u });
    await done.or(failed).first().waitFor();
    if (await failed.isVisible()) {
      await failed.click();
      await page.getByRole('button', { name: 'Try all again' }).click();
    }
    await done.waitFor();
    assert.deepEqual(digestsOf(join(ui.home, 'album')), digestsOf(join(server.root, 'album')));
    assert.deepEqual(complaints, []);
  },
);
