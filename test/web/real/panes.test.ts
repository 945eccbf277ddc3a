import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { browserTest, missingBrowser, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { limitRates, list, openSite, row, saveSite } from './panes.ts';
import { startOwn, type RemoteServer } from './servers.ts';
import { digestsOf, writeTree } from './trees.ts';
import { startUserInterface, type UserInterface } from './user-interface.ts';
import { leftFiles, rightFiles } from './views.ts';

let server: RemoteServer;
const cleanups: (() => void | Promise<void>)[] = [];

before(async () => {
  if (missingBrowser !== null) return;
  await buildPage();
  server = await startOwn({ after: (work) => void cleanups.push(work as () => void) }, 'sftp');
  writeTree(server.root, rightFiles);
});

after(async () => {
  for (const work of cleanups.toReversed()) await work();
});

interface Connected {
  readonly page: Page;
  readonly ui: UserInterface;
  readonly left: Locator;
  readonly right: Locator;
}

/** Runs a test with a web site on the left and the server's `www` on the right. */
async function connected(context: TestContext, run: (panes: Connected) => Promise<void>): Promise<void> {
  const ui = await startUserInterface(context);
  writeTree(ui.home, leftFiles);
  await using opened = await openPage(ui.address);
  const { page, complaints } = opened;
  page.setDefaultTimeout(20_000);
  const [left, right] = [list(page, 'Left'), list(page, 'Right')];
  await saveSite(page, { name: 'Harbour', protocol: 'sftp', server });
  await openSite(page, 'Harbour');
  await row(right, 'www').dblclick();
  await row(left, 'website').dblclick();
  await row(right, 'robots.txt').waitFor();
  await row(left, 'release.tar.gz').waitFor();
  await run({ page, ui, left, right });
  assert.deepEqual(complaints, [], 'nothing broke a policy and no script failed');
}

browserTest('the one-time token opens the page once and leaves no trace in its address', async (context) => {
  const ui = await startUserInterface(context);
  const { address } = ui;
  await using opened = await openPage(address);
  await list(opened.page, 'Left').waitFor();
  assert.equal(opened.page.url(), `${ui.origin}/`);
  await using second = await openPage(address);
  await second.page.getByText('The address works once').waitFor();
  assert.equal(await list(second.page, 'Left').count(), 0);
});

browserTest('F5 copies a range of the selection, and the title tells how far it is', (context) =>
  connected(context, async ({ page, left, right }) => {
    await limitRates(page, '400');
    await row(left, 'photo-2.png').click();
    await row(left, 'release.tar.gz').click({ modifiers: ['Shift'] });
    await page.keyboard.press('F5');
    const question = page.getByRole('dialog', { name: 'The target exists' });
    await question.getByRole('button', { name: 'Skip this file' }).click();
    await page.waitForFunction('/^\\d+ % · wherry/u.test(document.title)');
    await limitRates(page, '');
    await row(right, 'photo-10.png').waitFor();
    await row(right, 'release.tar.gz').waitFor();
    await page.waitForFunction('document.title.startsWith("wherry")');
  }),
);

browserTest('a question that is answered in one tab goes away in the other', async (context) => {
  const ui = await startUserInterface(context);
  await using opened = await openPage(ui.address);
  const { page } = opened;
  page.setDefaultTimeout(20_000);
  await list(page, 'Left').waitFor();
  const second = await page.context().newPage();
  await second.goto(ui.origin);
  await list(second, 'Left').waitFor();
  const address = page.getByLabel('Address to connect to');
  const text = `sftp://${server.user}@127.0.0.1:${server.port}`;
  await address.fill(text);
  await address.press('Enter');
  await second.getByRole('alertdialog', { name: 'Unknown host key' }).waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
  await second.getByRole('alertdialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Connect', exact: true, disabled: false }).waitFor();
  assert.equal(await address.inputValue(), text, 'it can be tried again');
});

browserTest('permissions change by their boxes and by octal', (context) =>
  connected(context, async ({ page, ui, left }) => {
    await row(left, 'style.css').click();
    await page.keyboard.press('Control+p');
    await page.getByLabel('Octal').fill('750');
    assert.equal(await page.getByLabel('Others: Read').isChecked(), false);
    await page.getByText('rwxr-x---').waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    await row(left, 'style.css').getByText('rwxr-x---').waitFor();
    assert.equal(statSync(join(ui.home, 'website', 'style.css')).mode & 0o777, 0o750);
  }),
);

browserTest('a text file is edited, saved, and not over the work of somebody else', (context) =>
  connected(context, async ({ page, ui, left }) => {
    const file = join(ui.home, 'website', 'README.md');
    await row(left, 'README.md').click();
    await page.keyboard.press('F4');
    await page.getByLabel('Text of the file').waitFor();
    await page.keyboard.type('New first line\n');
    writeFileSync(file, 'theirs, and longer than it was\n'.repeat(9));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody else has changed the file').waitFor();
    await page.getByRole('button', { name: 'Overwrite their version' }).click();
    await page.getByText('Saved.').waitFor();
    assert.match(readFileSync(file, 'utf8'), /^New first line\n# Harbour/u);
  }),
);

browserTest('comparing colours what differs, and synchronised browsing goes along', (context) =>
  connected(context, async ({ page, left, right }) => {
    await page.keyboard.press('Control+o');
    await left.locator('.differs-only-here', { hasText: 'fonts' }).waitFor();
    await right.locator('.differs-other-size', { hasText: 'index.html' }).waitFor();
    await page.keyboard.press('Control+y');
    await row(left, 'images').dblclick();
    await row(right, 'oven.jpg').waitFor();
  }),
);

browserTest('a checksum is made, and the sizes of directories are added up in the list', (context) =>
  connected(context, async ({ page, left }) => {
    await page.keyboard.press('Control+Shift+Z');
    await row(left, 'images').getByText('869 KB').waitFor();
    await row(left, 'style.css').click();
    await page.keyboard.press('Alt+Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Compute' }).click();
    await dialog.getByText(/^[0-9a-f]{64}$/u).waitFor();
  }),
);

browserTest(
  'a mirror is shown line by line before anything is done, and then does what is left of it',
  async (context) => {
    const target = await startOwn(context, 'ftp');
    writeTree(target.root, { 'old.txt': 'old', 'kept.txt': 'kept', 'index.html': 'other' });
    const ui = await startUserInterface(context);
    writeTree(ui.home, leftFiles);
    await using opened = await openPage(ui.address);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    await saveSite(page, { name: 'Mill', protocol: 'ftp', server: target });
    await openSite(page, 'Mill');
    await row(list(page, 'Left'), 'website').dblclick();
    await row(list(page, 'Left'), 'release.tar.gz').waitFor();
    await page.keyboard.press('Control+Shift+Y');
    await page.getByRole('button', { name: 'Preview' }).click();
    const plan = page.getByRole('grid', { name: 'What would be done' });
    await row(plan, 'release.tar.gz').getByText('Copy to the right').waitFor();
    assert.equal(await row(plan, 'old.txt').count(), 0, 'nobody has asked for deletions');
    // The button that has the focus cannot be pressed while it works, and the keyboard must not be lost for that.
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+Shift+Y');
    await page.getByText('Delete what is only on the right').click();
    await page.getByRole('button', { name: 'Preview' }).click();
    await row(plan, 'release.tar.gz').getByText('Copy to the right').waitFor();
    await row(plan, 'old.txt').getByText('Delete on the right').waitFor();
    await row(plan, 'kept.txt').locator('.checkbox').click();
    await page.getByRole('button', { name: 'Mirror', exact: true }).click();
    await page.getByText(/changes done, 1 deletion among them/u).waitFor();
    const { 'kept.txt': kept, ...mirrored } = digestsOf(target.root);
    assert.ok(kept !== undefined);
    assert.deepEqual(mirrored, digestsOf(join(ui.home, 'website')));
    assert.deepEqual(complaints, []);
  },
);

browserTest('the palette finds an action by parts of its name', (context) =>
  connected(context, async ({ page, ui, left }) => {
    mkdirSync(join(ui.home, 'website', '.git'));
    await row(left, 'style.css').click();
    await page.keyboard.press('Control+r');
    await page.keyboard.press('Control+k');
    await page.getByLabel('Command', { exact: true }).fill('hid fil');
    await page.keyboard.press('Enter');
    await row(left, '.git').waitFor();
  }),
);

browserTest('a file is dragged from server to server, each in a pane of its own', async (context) => {
  const target = await startOwn(context, 'ftp');
  await connected(context, async ({ page, right }) => {
    await saveSite(page, { name: 'Mill', protocol: 'ftp', server: target });
    const pane = page.getByRole('region', { name: 'Left pane' });
    await pane.getByRole('button', { name: 'New tab' }).click();
    await page.getByRole('menuitem', { name: 'Mill' }).click();
    await page
      .getByRole('alertdialog')
      .getByRole('button', { name: /^Trust this/u })
      .click();
    await pane.getByRole('button', { name: /^Mill/u }).waitFor();
    await row(right, 'robots.txt').dragTo(list(page, 'Left'));
    await row(list(page, 'Left'), 'robots.txt').waitFor();
    assert.equal(
      readFileSync(join(target.root, 'robots.txt'), 'utf8'),
      readFileSync(join(server.root, 'www', 'robots.txt'), 'utf8'),
    );
  });
});
