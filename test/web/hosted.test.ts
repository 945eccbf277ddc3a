import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before } from 'node:test';
import type { Page } from 'playwright-core';
import { startBackend } from './backend/start-backend.ts';
import { browserTest, openPage } from './browser.ts';
import { buildPage } from './built-page.ts';

before(buildPage);

async function logIn(page: Page, user = 'anna', password = 'secret'): Promise<void> {
  await page.getByLabel('Name').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

function digest(content: Buffer | undefined): string {
  return createHash('sha256')
    .update(content ?? '')
    .digest('hex');
}

browserTest('a wrong password is told, a code is asked for, and then the files are there', async () => {
  await using running = await startBackend({ mode: 'hosted' });
  await using opened = await openPage(running.origin);
  const { page } = opened;
  await logIn(page, 'anna', 'wrong');
  await page.getByText('The name or the password is wrong').waitFor();
  await logIn(page, 'anna', 'code');
  await page.getByLabel('One-time code').fill('123456');
  await page.keyboard.press('Enter');
  await page.getByRole('grid').getByRole('row', { name: 'welcome.txt' }).waitFor();
});

browserTest('an upload that the network cuts goes on where it was and arrives whole', async () => {
  await using running = await startBackend({ mode: 'hosted' });
  await using opened = await openPage(running.origin);
  const { page } = opened;
  await logIn(page);
  await page.getByRole('grid').getByRole('row', { name: 'incoming' }).dblclick();
  await page.getByText('This directory is empty').waitFor();
  const content = randomBytes(1_000_000);
  let cuts = 0;
  await page.route('**/uploads/*', async (route) => {
    if (route.request().method() !== 'PATCH' || cuts > 0) return route.continue();
    cuts += 1;
    return route.abort('connectionreset');
  });
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload' }).click();
  await (await chooser).setFiles({ name: 'data.bin', mimeType: 'application/octet-stream', buffer: content });
  await page.getByText('1 file uploaded').waitFor();
  await page.getByRole('grid').getByRole('row', { name: 'data.bin' }).waitFor();
  assert.equal(cuts, 1);
  assert.equal(digest(running.backend.tree('account').find('/incoming/data.bin').content), digest(content));
});

browserTest('a folder of the desktop dropped on a directory goes up with what is in it', async (context) => {
  const desktop = await mkdtemp(join(tmpdir(), 'wherry-drop-'));
  context.after(() => rm(desktop, { recursive: true }));
  await mkdir(join(desktop, 'album'));
  await writeFile(join(desktop, 'album', 'note.txt'), 'dropped');
  await using running = await startBackend({ mode: 'hosted' });
  await using opened = await openPage(running.origin);
  const { page } = opened;
  await logIn(page);
  const target = page.getByRole('grid').getByRole('row', { name: 'incoming' });
  await target.waitFor();
  const box = await target.boundingBox();
  const data = { items: [], files: [join(desktop, 'album')], dragOperationsMask: 1 };
  const at = { x: (box?.x ?? 0) + 40, y: (box?.y ?? 0) + 8, data };
  const devtools = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, ...at });
  }
  await page.getByText('1 file uploaded').waitFor();
  const { content } = running.backend.tree('account').find('/incoming/album/note.txt');
  assert.equal(content.toString(), 'dropped');
});

browserTest('a share is made with its limits and taken back', async () => {
  await using running = await startBackend({ mode: 'hosted' });
  await using opened = await openPage(running.origin);
  const { page } = opened;
  await logIn(page);
  await page.getByRole('grid').getByRole('row', { name: 'welcome.txt' }).click();
  await page.getByRole('button', { name: 'Share by link' }).click();
  await page.getByLabel('Times it can be used').fill('3');
  await page.getByRole('button', { name: 'Make a link' }).click();
  await page.getByText(/^http:\/\/files\.bakery\.example\/s\//u).waitFor();
  assert.equal(running.backend.shares[0]?.usesLeft, 3);
  await page.getByRole('button', { name: 'Take the link back' }).click();
  await page.getByRole('button', { name: 'Take the link back' }).waitFor({ state: 'detached' });
  assert.equal(running.backend.shares.length, 0);
});

browserTest(
  'on a telephone the files fit, and what is selected can be downloaded with the thumb',
  async () => {
    await using running = await startBackend({ mode: 'hosted' });
    await using opened = await openPage(running.origin, {
      viewport: { width: 390, height: 780 },
      hasTouch: true,
      isMobile: true,
    });
    const { page } = opened;
    await logIn(page);
    await page.getByRole('grid').getByRole('row', { name: 'welcome.txt' }).waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    await page.getByRole('grid').getByRole('row', { name: 'welcome.txt' }).click();
    const download = page.waitForEvent('download');
    await page
      .getByRole('toolbar', { name: 'What is selected' })
      .getByRole('button', { name: 'Download' })
      .click();
    assert.equal((await download).suggestedFilename(), 'welcome.txt');
  },
);

browserTest('a session that ends leads back to the login, and then to the same place', async () => {
  await using running = await startBackend({ mode: 'hosted' });
  await using opened = await openPage(running.origin);
  const { page } = opened;
  await logIn(page);
  await page.getByRole('grid').getByRole('row', { name: 'www' }).dblclick();
  await page.getByRole('grid').getByRole('row', { name: 'robots.txt' }).waitFor();
  running.backend.broadcast({ type: 'session-ended', reason: 'expired' });
  await page.getByText('The session has expired.').waitFor();
  await logIn(page);
  await page.getByRole('grid').getByRole('row', { name: 'robots.txt' }).waitFor();
});
