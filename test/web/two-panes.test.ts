import assert from 'node:assert/strict';
import { before } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { startBackend, type RunningBackend } from './backend/start-backend.ts';
import { browserTest, openPage } from './browser.ts';
import { buildPage } from './built-page.ts';

before(buildPage);

function list(page: Page, side: 'Left' | 'Right'): Locator {
  return page.getByRole('region', { name: `${side} pane` }).getByRole('grid');
}

function row(grid: Locator, name: string): Locator {
  return grid.getByRole('row', { name, exact: true });
}

/** Runs a test with the page connected to the sample site: the web site on the left, the server's `www` on the right. */
async function withSite(
  run: (page: Page, running: RunningBackend, panes: { left: Locator; right: Locator }) => Promise<void>,
): Promise<void> {
  await using running = await startBackend();
  await using opened = await openPage(running.address);
  const { page, complaints } = opened;
  page.setDefaultTimeout(15_000);
  await page.getByRole('button', { name: /Bakery web site/u }).click();
  const [left, right] = [list(page, 'Left'), list(page, 'Right')];
  await row(right, 'www').dblclick();
  await row(left, 'website').dblclick();
  await row(right, 'robots.txt').waitFor();
  await row(left, 'release.tar.gz').waitFor();
  await run(page, running, { left, right });
  assert.deepEqual(complaints, [], 'nothing broke a policy and no script failed');
}

browserTest('the one-time token opens the page once and leaves no trace in its address', async () => {
  await using running = await startBackend();
  await using opened = await openPage(running.address);
  const { page } = opened;
  await row(list(page, 'Left'), 'notes.txt').waitFor();
  assert.equal(page.url(), `${running.origin}/`);
});

browserTest(
  'files are dragged across, into the directory under the pointer, and shown when they are there',
  () =>
    withSite(async (page, running, { left, right }) => {
      await row(left, 'release.tar.gz').dragTo(row(right, 'images'));
      await page
        .getByRole('grid', { name: 'Queued transfers' })
        .getByRole('row', { name: 'release.tar.gz' })
        .waitFor();
      running.backend.queue.bytesPerStep = 1e9;
      await page.getByRole('tab', { name: 'Done 1' }).click();
      await page.getByRole('row', { name: 'release.tar.gz' }).getByText('Done, verified').waitFor();
      await row(right, 'images').dblclick();
      await row(right, 'release.tar.gz').waitFor();
    }),
);

browserTest('F5 copies the selection, a range of it too, and the title tells how far it is', () =>
  withSite(async (page, running, { left, right }) => {
    running.backend.queue.settings = { ...running.backend.queue.settings, paused: true };
    await row(left, 'photo-2.png').click();
    await row(left, 'release.tar.gz').click({ modifiers: ['Shift'] });
    await page.keyboard.press('F5');
    await page.getByText('4 transfers').waitFor();
    assert.match(await page.title(), /^\d+ % · wherry$/u);
    running.backend.queue.bytesPerStep = 1e9;
    running.backend.queue.settings = { ...running.backend.queue.settings, paused: false };
    await row(right, 'photo-10.png').waitFor();
    await page.getByText('All 4 transfers are done.').waitFor();
  }),
);

browserTest('a transfer whose target exists waits for one of the seven answers', () =>
  withSite(async (page, running, { left }) => {
    await row(left, 'index.html').click();
    await page.keyboard.press('F5');
    const dialog = page.getByRole('dialog', { name: 'The target exists' });
    await dialog.waitFor();
    assert.equal(await dialog.getByRole('radio').count(), 7);
    await dialog.getByText('Skip', { exact: true }).click();
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Done 1' }).click();
    await page.getByRole('row', { name: 'index.html' }).getByText('Skipped').waitFor();
    assert.equal([...running.backend.queue.transfers.values()][0]?.state, 'skipped');
  }),
);

browserTest('a transfer that failed tells why and can be tried again', () =>
  withSite(async (page, running, { left, right }) => {
    await row(left, 'release.tar.gz').click();
    await page.keyboard.press('F5');
    await page
      .getByRole('grid', { name: 'Queued transfers' })
      .getByRole('row', { name: 'release.tar.gz' })
      .waitFor();
    const [transfer] = running.backend.queue.transfers.values();
    running.backend.queue.fail(transfer?.id ?? '', {
      code: 'connection-lost',
      message: 'The server closed the connection',
      retryable: true,
    });
    await page.getByRole('tab', { name: 'Failed 1' }).click();
    await page.getByText('The server closed the connection').waitFor();
    running.backend.queue.bytesPerStep = 1e9;
    await page.getByRole('button', { name: 'Try all again' }).click();
    await row(right, 'release.tar.gz').waitFor();
  }),
);

browserTest('a changed host key is an alarm that asks twice', async () => {
  await using running = await startBackend();
  await using opened = await openPage(running.address);
  const { page } = opened;
  const address = page.getByLabel('Address to connect to');
  await address.fill('sftp://anna@changed.example');
  await address.press('Enter');
  const alarm = page.getByRole('alertdialog', { name: 'The host key has changed' });
  await alarm.getByText('SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDmwQ7rWkYpGJf1aPA').waitFor();
  const trust = alarm.getByRole('button', { name: 'Trust the new key' });
  assert.equal(await trust.isDisabled(), true);
  await alarm.getByText('I have made sure').click();
  await trust.click();
  await row(list(page, 'Right'), 'www').waitFor();
});

browserTest('a question that is answered in one tab goes away in the other', async () => {
  await using running = await startBackend();
  await using opened = await openPage(running.address);
  const { page } = opened;
  await row(list(page, 'Left'), 'notes.txt').waitFor();
  const second = await page.context().newPage();
  await second.goto(running.origin);
  await row(list(second, 'Left'), 'notes.txt').waitFor();
  await page.getByLabel('Address to connect to').fill('ftp://anna@plain.example');
  await page.getByLabel('Address to connect to').press('Enter');
  await second.getByRole('alertdialog', { name: 'This connection is not encrypted' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await second.getByRole('alertdialog').waitFor({ state: 'detached' });
  await page.getByText('it is not trusted').first().waitFor();
});

browserTest('names with markup, direction marks, line breaks and foreign bytes are shown, never run', () =>
  withSite(async (page, _running, { right }) => {
    page.on('dialog', () => assert.fail('a file name ran as script'));
    await row(right, 'Up one directory').dblclick();
    await row(right, 'strange').dblclick();
    await row(right, '<img src=x onerror=alert(1)>.html').waitFor();
    await row(right, 'invoice\\u202efdp.exe').waitFor();
    await row(right, 'line\\x0abreak.txt').waitFor();
    await row(right, 'latin1-\\xe9.txt').waitFor();
    assert.equal(await right.locator('img').count(), 0);
  }),
);

browserTest('renaming in place sends names that are not UTF-8 back unchanged', () =>
  withSite(async (page, running, { right }) => {
    await row(right, 'Up one directory').dblclick();
    await row(right, 'strange').dblclick();
    await row(right, 'latin1-\\xe9.txt').click();
    await page.keyboard.press('F2');
    await page.getByLabel('New name').fill('plain.txt');
    await page.keyboard.press('Enter');
    await row(right, 'plain.txt').waitFor();
    const tree = [...running.backend.trees].find(([id]) => id !== 'local')?.[1];
    assert.equal(tree?.find('/strange').children?.has('latin1-\udce9.txt'), false);
    assert.equal(tree?.find('/strange/plain.txt').content.toString(), 'latin1-\udce9.txt'.toWellFormed());
  }),
);

browserTest('permissions change by their boxes and by octal', () =>
  withSite(async (page, running, { left }) => {
    await row(left, 'app.js').click();
    await page.keyboard.press('Control+p');
    await page.getByLabel('Octal').fill('750');
    assert.equal(await page.getByLabel('Others: Read').isChecked(), false);
    await page.getByText('rwxr-x---').waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    await row(left, 'app.js').getByText('rwxr-x---').waitFor();
    assert.equal(running.backend.tree('local').find('/home/anna/website/app.js').mode, 0o750);
  }),
);

browserTest('a text file is edited, saved, and not over the work of somebody else', () =>
  withSite(async (page, running, { left }) => {
    await row(left, 'README.md').click();
    await page.keyboard.press('F4');
    await page.getByLabel('Text of the file').waitFor();
    await page.keyboard.type('New first line\n');
    running.backend.saveFile('local', '/home/anna/website/README.md', Buffer.from('theirs'));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody else has changed the file').waitFor();
    await page.getByRole('button', { name: 'Overwrite their version' }).click();
    await page.getByText('Saved.').waitFor();
    const { content } = running.backend.tree('local').find('/home/anna/website/README.md');
    assert.match(content.toString(), /^New first line\n/u);
  }),
);

browserTest('a lost connection says so and comes back', () =>
  withSite(async (page, running, { right }) => {
    const id = [...running.backend.connections.keys()].find((one) => one !== 'local') ?? '';
    const tree = running.backend.tree(id);
    running.backend.trees.delete(id);
    running.backend.lose(id);
    await page.getByRole('region', { name: 'Right pane' }).getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('The connection is gone').waitFor();
    running.backend.trees.set(id, tree);
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await row(right, 'robots.txt').waitFor();
  }),
);

browserTest('comparing colours what differs, and synchronised browsing goes along', () =>
  withSite(async (page, _running, { left, right }) => {
    await page.keyboard.press('Control+o');
    await left.locator('.differs-only-here', { hasText: 'release.tar.gz' }).waitFor();
    await right.locator('.differs-other-size', { hasText: 'index.html' }).waitFor();
    await page.keyboard.press('Control+y');
    await row(left, 'images').dblclick();
    await row(right, 'oven.jpg').waitFor();
  }),
);

browserTest('a mirror is shown line by line before anything is done', () =>
  withSite(async (page) => {
    await page.keyboard.press('Control+Shift+Y');
    await page.getByRole('button', { name: 'Preview' }).click();
    const plan = page.getByRole('grid', { name: 'What would be done' });
    await plan.getByRole('row', { name: 'release.tar.gz' }).getByText('Copy to the right').waitFor();
    await plan.getByRole('row', { name: 'robots.txt' }).getByText('Delete on the right').waitFor();
    await plan.getByRole('row', { name: 'robots.txt' }).locator('.checkbox').click();
    await page.getByText(/^10 changes/u).waitFor();
  }),
);

browserTest('the palette finds an action by parts of its name', () =>
  withSite(async (page, _running, { left }) => {
    await row(left, 'app.js').click();
    await page.keyboard.press('Control+k');
    await page.getByLabel('Command', { exact: true }).fill('hid fil');
    await page.keyboard.press('Enter');
    await row(left, '.htaccess').waitFor();
  }),
);
