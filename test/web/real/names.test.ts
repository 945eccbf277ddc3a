import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { before } from 'node:test';
import { startOpenSsh } from '#test/interop/servers/openssh.ts';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { hostileNames, octetsOf } from './hostile-names.ts';
import { list, openSite, row, saveSite } from './panes.ts';
import { lackingOpenSsh } from './servers.ts';
import { startUserInterface } from './user-interface.ts';

before(buildPage);

browserTest(
  'names with markup, direction marks, foreign octets and 255 octets are shown, never run, and arrive unchanged',
  async (context) => {
    const server = await startOpenSsh();
    context.after(() => server[Symbol.asyncDispose]());
    const ui = await startUserInterface(context);
    for (const [octets] of hostileNames)
      writeFileSync(Buffer.concat([Buffer.from(`${ui.home}/`), octets]), 'content');
    await using opened = await openPage(ui.address);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    page.on('dialog', () => assert.fail('a file name ran as script'));
    for (const [, shown] of hostileNames) await row(list(page, 'Left'), shown).waitFor();
    assert.equal(await list(page, 'Left').locator('img').count(), 0);
    await saveSite(page, { name: 'Harbour', protocol: 'sftp', server });
    await openSite(page, 'Harbour');
    await row(list(page, 'Left'), '-rf').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('F5');
    await page.getByRole('tab', { name: `Done ${hostileNames.length}` }).waitFor();
    for (const [, shown] of hostileNames) await row(list(page, 'Right'), shown).waitFor();
    assert.deepEqual(octetsOf(server.root), octetsOf(ui.home));
    await row(list(page, 'Right'), 'latin1-\\xe9.txt').click();
    await page.keyboard.press('F2');
    await page.getByLabel('New name').fill('plain.txt');
    await page.keyboard.press('Enter');
    await row(list(page, 'Right'), 'plain.txt').waitFor();
    assert.ok(octetsOf(server.root).includes('plain.txt'));
    assert.equal(octetsOf(server.root).includes('latin1-\xe9.txt'), false);
    assert.deepEqual(complaints, []);
  },
  lackingOpenSsh(),
);
