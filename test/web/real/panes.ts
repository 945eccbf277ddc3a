import type { Locator, Page } from 'playwright-core';
import type { RemoteServer } from './servers.ts';

/** The list of a pane. */
export function list(page: Page, side: 'Left' | 'Right'): Locator {
  return page.getByRole('region', { name: `${side} pane` }).getByRole('grid');
}

/** A row of a list, by its whole name as it is shown. */
export function row(grid: Locator, name: string): Locator {
  return grid.getByRole('row', { name, exact: true });
}

/** One of the three lists of the queue, brought to the front. */
export async function queueList(page: Page, tab: 'Queued' | 'Failed' | 'Done'): Promise<Locator> {
  await page.getByRole('tab', { name: tab }).click();
  const names = { Queued: 'Queued transfers', Failed: 'Failed transfers', Done: 'Finished transfers' };
  return page.getByRole('grid', { name: names[tab] });
}

/** Chooses in a list that opens from a field. */
export async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('button', { name: label }).click();
  await page.getByRole('option', { name: option }).click();
}

/** Makes a site in the site manager, as a person does, and closes it. */
export async function saveSite(
  page: Page,
  site: { readonly name: string; readonly protocol: 'ftp' | 'sftp'; readonly server: RemoteServer },
): Promise<void> {
  const { name, protocol, server } = site;
  await list(page, 'Left').getByRole('row').nth(1).waitFor();
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'Site manager' });
  await dialog.getByRole('button', { name: 'New site' }).first().click();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  if (protocol === 'ftp') {
    await choose(page, 'Protocol', 'FTP – File Transfer Protocol');
    await choose(page, 'Encryption', 'Require explicit FTP over TLS');
  }
  await dialog.getByLabel('Host', { exact: true }).fill('127.0.0.1');
  await dialog.getByLabel('Port', { exact: true }).fill(String(server.port));
  await dialog.getByLabel('User', { exact: true }).fill(server.user);
  await dialog.getByLabel('Password', { exact: true }).fill(server.password);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('row', { name }).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Opens a saved site by a double click and trusts what it shows, key or certificate. */
export async function openSite(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+s');
  await page.getByRole('dialog', { name: 'Site manager' }).getByRole('row', { name }).dblclick();
  const trust = page.getByRole('alertdialog').getByRole('button', { name: /^Trust this/u });
  const path = page.getByRole('region', { name: 'Right pane' }).getByRole('navigation', { name: 'Path' });
  await trust.or(path).first().waitFor();
  if (await trust.isVisible()) await trust.click();
  await path.waitFor();
}

/** Sets the limits of the queue, in KiB a second; empty for none. */
export async function limitRates(page: Page, limit: string): Promise<void> {
  await page.getByRole('button', { name: 'Settings of the queue' }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  for (const direction of ['Download', 'Upload'])
    await dialog.getByLabel(`${direction} limit (KiB/s, empty for none)`).fill(limit);
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await dialog.waitFor({ state: 'detached' });
}
