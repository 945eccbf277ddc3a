import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { before } from 'node:test';
import { noSsh, startWherry } from '#test/cli/wherry-process.ts';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { logIn } from './hosted.ts';
import { hostileNames, octetsOf } from './hostile-names.ts';
import { row } from './panes.ts';

before(buildPage);

const credentials = { user: 'anna', password: 'sea water' };

browserTest(
  'in the files of a server, too, names with markup, direction marks and foreign octets are shown, never run, and kept',
  async (context) => {
    const words = [...noSsh, '--ftp', 'off', '--ftps', 'off', '--host', '127.0.0.1'];
    const server = await startWherry(context, { words: [...words, '--user', 'anna:sea water'] });
    for (const [octets] of hostileNames)
      writeFileSync(Buffer.concat([Buffer.from(`${server.directory}/`), octets]), 'content');
    await using opened = await openPage(`http://127.0.0.1:${server.port('http')}`);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    page.on('dialog', () => assert.fail('a file name ran as script'));
    const files = await logIn(page, credentials);
    for (const [, shown] of hostileNames) await row(files, shown).waitFor();
    assert.equal(await files.locator('img').count(), 0);

    await row(files, 'latin1-\\xe9.txt').click();
    const download = page.waitForEvent('download');
    await page.keyboard.press('Control+Shift+s');
    assert.equal(readFileSync(await (await download).path(), 'utf8'), 'content');
    await page.keyboard.press('F2');
    await page.getByLabel('New name').fill('<b>plain.txt');
    await page.keyboard.press('Enter');
    await row(files, '<b>plain.txt').waitFor();

    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Upload' }).first().click();
    const name = '<i>up\u202efdp.exe';
    await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from('brought') });
    await page.getByText('1 file uploaded').waitFor();
    await row(files, '<i>up\\u202efdp.exe').click();
    assert.equal(await page.locator('.uploads i').count(), 0);
    assert.ok(readdirSync(server.directory).includes(name));

    await page.keyboard.press('Delete');
    const question = page.getByRole('alertdialog');
    await question.getByText('<i>up\\u202efdp.exe').waitFor();
    await question.getByRole('button', { name: 'Delete' }).click();
    await row(files, '<i>up\\u202efdp.exe').waitFor({ state: 'detached' });
    const others = hostileNames.map(([octets]) => octets.toString('latin1'));
    const kept = others.filter((other) => !other.startsWith('latin1'));
    assert.deepEqual(octetsOf(server.directory), ['<b>plain.txt', ...kept].toSorted());
    assert.deepEqual(complaints, []);
  },
);

browserTest('a server that is gone is told of, and its files are there again with it', async (context) => {
  const words = [
    ...noSsh,
    '--ftp',
    'off',
    '--ftps',
    'off',
    '--host',
    '127.0.0.1',
    '--user',
    'anna:sea water',
  ];
  const server = await startWherry(context, { words });
  writeFileSync(`${server.directory}/welcome.txt`, 'Welcome.\n');
  const port = server.port('http');
  await using opened = await openPage(`http://127.0.0.1:${port}`);
  const { page } = opened;
  page.setDefaultTimeout(20_000);
  const files = await logIn(page, credentials);
  await row(files, 'welcome.txt').waitFor();
  await server.stop('SIGKILL');
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByText('wherry does not answer').first().waitFor();
  const again = ['--http', String(port), ...words];
  const { directory, dataDirectory } = server;
  await startWherry(context, { words: again, directory, dataDirectory });
  await page.getByRole('button', { name: 'Try again' }).click();
  // Its sessions have ended with it.
  await row(await logIn(page, credentials), 'welcome.txt').waitFor();
});
