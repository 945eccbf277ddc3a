import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { noSsh, runWherry, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { seriousFindings } from '../axe.ts';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { logIn } from './hosted.ts';
import { choose, row } from './panes.ts';

before(buildPage);

const credentials = { user: 'anna', password: 'sea water' };

/** A server with a directory `inbox` that holds a file, and the address of a link that only takes files there. */
async function shareInbox(
  context: TestContext,
): Promise<{ readonly server: WherryProcess; readonly address: string }> {
  const words = [...noSsh, '--ftp', 'off', '--ftps', 'off', '--host', '127.0.0.1'];
  const server = await startWherry(context, { words: [...words, '--user', 'anna:sea water'] });
  mkdirSync(join(server.directory, 'inbox'));
  writeFileSync(join(server.directory, 'inbox', 'order.txt'), 'of yesterday');
  await using opened = await openPage(`http://127.0.0.1:${server.port('http')}`);
  const { page } = opened;
  page.setDefaultTimeout(20_000);
  await row(await logIn(page, credentials), 'inbox').click();
  await page.getByRole('button', { name: 'Share by link' }).click();
  await choose(page, 'Who has the link may', 'Only bring files, see nothing');
  await page.getByLabel('Times it can be used').fill('3');
  await page.getByRole('button', { name: 'Make a link' }).click();
  const address = await page.getByText(/^http:\/\/127\.0\.0\.1:\d+\/s\//u).textContent();
  return { server, address: address ?? '' };
}

async function bring(page: Page, name: string, content: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose files' }).click();
  await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });
}

browserTest('a link that only takes files shows none, and replaces none', async (context) => {
  const { server, address } = await shareInbox(context);
  const inbox = join(server.directory, 'inbox');
  await using first = await openPage(address, { bypassCSP: true });
  await using second = await openPage(address);
  const asked: string[] = [];
  for (const { page } of [first, second]) {
    page.setDefaultTimeout(20_000);
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('heading', { name: 'Bring files to anna' }).waitFor();
    assert.equal(await page.getByRole('grid').count(), 0);
  }
  assert.deepEqual(await seriousFindings(first.page), []);
  await bring(first.page, 'order.txt', 'of one');
  await first.page.getByText('1 file uploaded').waitFor();
  await bring(second.page, 'order.txt', 'of another');
  await second.page.getByText('1 file uploaded').waitFor();
  assert.deepEqual(readdirSync(inbox).toSorted(), ['order (2).txt', 'order (3).txt', 'order.txt']);
  assert.equal(readFileSync(join(inbox, 'order.txt'), 'utf8'), 'of yesterday');
  assert.deepEqual(
    asked.filter((path) => path.includes('/files/')),
    [],
    'the page asks for nothing that it may not see',
  );
  assert.equal(await second.page.getByText('order (3).txt').count(), 0);
  assert.deepEqual([...first.complaints, ...second.complaints], []);
});

browserTest('what is too much for the owner’s quota is refused in words', async (context) => {
  const { server, address } = await shareInbox(context);
  const at = ['--data-dir', server.dataDirectory];
  const set = await runWherry(['user', 'set', 'anna', '--largest-file', '1KiB', ...at]);
  assert.equal(set.code, 0, set.stderr);
  await using opened = await openPage(address);
  const { page } = opened;
  page.setDefaultTimeout(20_000);
  await page.getByRole('button', { name: 'Open' }).click();
  await bring(page, 'large.txt', 'x'.repeat(2000));
  await page.getByText('The file is too large, or the quota is used up.').waitFor();
  assert.deepEqual(readdirSync(join(server.directory, 'inbox')), ['order.txt']);
});
