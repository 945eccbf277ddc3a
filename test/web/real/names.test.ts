import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { before } from 'node:test';
import { startOpenSsh } from '#test/interop/servers/openssh.ts';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { list, openSite, row, saveSite } from './panes.ts';
import { lackingOpenSsh } from './servers.ts';
import { startUserInterface } from './user-interface.ts';

before(buildPage);

/** Names as octets, and how they are shown. */
const names: readonly (readonly [octets: Buffer, shown: string])[] = [
  [Buffer.from('<img src=x onerror=alert(1)>.html'), '<img src=x onerror=alert(1)>.html'],
  [Buffer.from('invoice\u202efdp.exe'), 'invoice\\u202efdp.exe'],
  [Buffer.from('line\nbreak.txt'), 'line\\x0abreak.txt'],
  [Buffer.from('latin1-\xe9.txt', 'latin1'), 'latin1-\\xe9.txt'],
  [Buffer.from('"quoted" & \'single\'; rm -rf $HOME'), '"quoted" & \'single\'; rm -rf $HOME'],
  [Buffer.from('-rf'), '-rf'],
  [Buffer.from(' two  spaces '), 'two spaces'],
  [Buffer.from(`${'ö'.repeat(127)}x`), `${'ö'.repeat(127)}x`],
];

/** The names of a directory as octets, but hidden ones: programs keep their own there. */
const octetsOf = (directory: string): readonly string[] =>
  readdirSync(directory, { encoding: 'buffer' })
    .map((name) => name.toString('latin1'))
    .filter((name) => !name.startsWith('.'))
    .sort();

browserTest(
  'names with markup, direction marks, foreign octets and 255 octets are shown, never run, and arrive unchanged',
  async (context) => {
    const server = await startOpenSsh();
    context.after(() => server[Symbol.asyncDispose]());
    const ui = await startUserInterface(context);
    for (const [octets] of names)
      writeFileSync(Buffer.concat([Buffer.from(`${ui.home}/`), octets]), 'content');
    await using opened = await openPage(ui.address);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    page.on('dialog', () => assert.fail('a file name ran as script'));
    for (const [, shown] of names) await row(list(page, 'Left'), shown).waitFor();
    assert.equal(await list(page, 'Left').locator('img').count(), 0);
    await saveSite(page, { name: 'Harbour', protocol: 'sftp', server });
    await openSite(page, 'Harbour');
    await row(list(page, 'Left'), '-rf').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('F5');
    await page.getByRole('tab', { name: `Done ${names.length}` }).waitFor();
    for (const [, shown] of names) await row(list(page, 'Right'), shown).waitFor();
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
