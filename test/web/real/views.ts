import type { Page } from 'playwright-core';
import { list, openSite, row, saveSite } from './panes.ts';
import type { RemoteServer } from './servers.ts';

/** Looks at what is on show, under a name. */
export type Look = (view: string) => Promise<void>;

/** The files that a walk through the two panes comes by, on either side. */
export const leftFiles = {
  'website/index.html': '<!doctype html>\n<html lang="en">\n  <title>Harbour Bakery</title>\n</html>\n',
  'website/style.css': 'body {\n  margin: 0;\n}\n',
  'website/release.tar.gz': 2_480_000,
  'website/photo-2.png': 48_112,
  'website/photo-10.png': 64_300,
  'website/README.md': '# Harbour Bakery\n\nThe web site of the bakery.\n',
  'website/fonts/serif.woff2': 64_120,
  'website/images/oven.jpg': 890_112,
  'Documents/offer.pdf': 221_840,
  'notes.txt': 'Call the mill on Monday.\n',
} as const;

export const rightFiles = {
  'www/index.html': '<!doctype html>\n<html lang="en">\n  <title>Harbour</title>\n</html>\n',
  'www/style.css': 'body {\n  margin: 0;\n}\n',
  'www/robots.txt': 'User-agent: *\n',
  'www/photo-2.png': 48_112,
  'www/images/oven.jpg': 890_112,
  'logs/access.log': 1_204_800,
  'welcome.txt': 'Welcome.\n',
} as const;

/** A dialog by the keys that open it, over one file; its title may hold the name of the file. */
const dialogsOfFile = [
  ['properties', 'Alt+Enter'],
  ['permissions', 'Control+p'],
  ['preview', 'F3'],
  ['editor', 'F4'],
] as const;

const dialogsOfPage = [
  ['search', 'Control+Shift+F'],
  ['palette', 'Control+k'],
  ['shortcuts', 'F1'],
  ['bookmarks', 'Control+b'],
  ['settings', 'Control+,'],
  ['mirror', 'Control+Shift+Y'],
] as const;

/** Goes through the two panes of `wherry ui`, connected to a server by a site that it makes. */
export async function walkTwoPanes(page: Page, server: RemoteServer, look: Look): Promise<void> {
  await row(list(page, 'Left'), 'website').waitFor();
  await look('welcome');
  await saveSite(page, { name: 'Harbour Bakery', protocol: 'sftp', server });
  await openSite(page, 'Harbour Bakery');
  await row(list(page, 'Right'), 'www').dblclick();
  await row(list(page, 'Left'), 'website').dblclick();
  await row(list(page, 'Right'), 'robots.txt').waitFor();
  await row(list(page, 'Left'), 'release.tar.gz').click();
  await page.keyboard.press('F5');
  await page.getByRole('tab', { name: /^Done/u }).click();
  await row(page.getByRole('grid', { name: 'Finished transfers' }), 'release.tar.gz').waitFor();
  await row(list(page, 'Left'), 'README.md').click();
  await look('two-panes');
  await page.getByRole('tab', { name: 'Log' }).click();
  await page.getByRole('log', { name: 'Messages' }).waitFor();
  await row(list(page, 'Left'), 'index.html').click();
  await page.keyboard.press('Control+o');
  await look('comparison');
  await page.keyboard.press('Control+o');
  for (const [view, keys] of [...dialogsOfFile, ...dialogsOfPage]) {
    await page.keyboard.press(keys);
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    // What a dialog fetches is there when nothing in it is busy any more.
    await dialog.locator('.spinner').waitFor({ state: 'detached' });
    await look(view);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
  await page.keyboard.press('Control+s');
  await page.getByRole('dialog').getByRole('row', { name: 'Harbour Bakery' }).click();
  await page.getByRole('textbox', { name: 'Host' }).waitFor();
  await look('site-manager');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('F5');
  await page.getByRole('dialog', { name: 'The target exists' }).waitFor();
  await look('target-exists');
  await page.getByRole('button', { name: 'Skip this file' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** The parts of the administration, by the names of their links. */
const parts = [
  'Overview',
  'Sessions',
  'Accounts',
  'Groups',
  'Bans',
  'Activity',
  'Configuration',
  'Certificates and keys',
  'Administrators',
] as const;

/** Goes through the administration, whose login is on show. */
export async function walkAdministration(
  page: Page,
  login: { readonly user: string; readonly password: string },
  look: Look,
): Promise<void> {
  await look('login');
  await page.getByLabel('Name').fill(login.user);
  await page.getByLabel('Password').fill(login.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  for (const part of parts) {
    await page.getByRole('link', { name: part, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: part }).waitFor();
    await page.waitForLoadState('networkidle');
    await look(part.toLowerCase().replaceAll(' ', '-'));
  }
  await page.getByRole('link', { name: 'Accounts', exact: true }).click();
  await page.getByRole('button', { name: 'New account' }).click();
  await page.getByRole('dialog').waitFor();
  await look('new-account');
}
