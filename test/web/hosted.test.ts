import assert from 'node:assert/strict';
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
