import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before } from 'node:test';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { limitRates, list, openSite, queueList, row, saveSite } from './panes.ts';
import { serverKinds } from './servers.ts';
import { digestsOf, writeTree } from './trees.ts';
import { startUserInterface } from './user-interface.ts';

before(buildPage);

const album = {
  'large.bin': 6 * 1024 * 1024,
  'notes.txt': 'Call the mill on Monday.\n',
  'sub/öl & <b>wheat<b>.txt': 'flour',
  'sub/deeper/empty.txt': '',
};

for (const { name, protocol, lacking, start } of serverKinds) {
  browserTest(
    `a folder is dragged to ${name} (${protocol}), stopped, and goes on after the server died`,
    async (context) => {
      const server = await start(context);
      const ui = await startUserInterface(context);
      writeTree(join(ui.home, 'album'), album);
      await using opened = await openPage(ui.address);
      const { page, complaints } = opened;
      page.setDefaultTimeout(20_000);
      await row(list(page, 'Left'), 'album').waitFor();
      await saveSite(page, { name: 'Harbour', protocol, server });
      await limitRates(page, '500');
      await openSite(page, 'Harbour');
      await row(list(page, 'Left'), 'album').dragTo(list(page, 'Right'));
      const queued = await queueList(page, 'Queued');
      await row(queued, 'large.bin').getByRole('progressbar').waitFor();
      await row(queued, 'large.bin').click();
      await page.getByRole('button', { name: 'Pause the selected' }).click();
      await row(queued, 'large.bin').and(page.locator('.transfer-paused')).waitFor();
      await limitRates(page, '');
      await page.getByRole('tab', { name: 'Queued 1' }).waitFor();
      await server.stop();
      await server.restart();
      await page.getByRole('button', { name: /^Resume/u }).click();
      await page.getByRole('tab', { name: 'Done 4' }).waitFor();
      assert.deepEqual(digestsOf(join(server.root, 'album')), digestsOf(join(ui.home, 'album')));
      assert.deepEqual(complaints, []);
    },
    lacking(),
  );
}
