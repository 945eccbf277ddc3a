import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import type { Page } from 'playwright-core';
import { startPeer, lackingPeer } from '#test/interop/servers/index.ts';
import { startOpenSsh } from '#test/interop/servers/openssh.ts';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { list, openSite, row, saveSite } from './panes.ts';
import { lackingOpenSsh, startOwn } from './servers.ts';
import { startUserInterface } from './user-interface.ts';

before(buildPage);

const older = new Date('2026-01-01T00:00:00Z');
const newer = new Date('2026-06-01T00:00:00Z');

/** A case of the dialog: the answer, the two files, and what the target holds afterwards, by its name. */
interface ExistingCase {
  readonly answer: string;
  readonly source: readonly [content: string, modifiedAt: Date];
  readonly target: readonly [content: string, modifiedAt: Date];
  readonly expected: Readonly<Record<string, string>>;
}

const cases: readonly ExistingCase[] = [
  {
    answer: 'Overwrite',
    source: ['mine', older],
    target: ['theirs', newer],
    expected: { 'overwrite.txt': 'mine' },
  },
  {
    answer: 'Overwrite if the source is newer',
    source: ['mine', older],
    target: ['theirs', newer],
    expected: { 'overwrite-if-newer.txt': 'theirs' },
  },
  {
    answer: 'Overwrite if the size differs',
    source: ['same', older],
    target: ['size', newer],
    expected: { 'overwrite-if-different-size.txt': 'size' },
  },
  {
    answer: 'Overwrite if the size differs or the source is newer',
    source: ['same', newer],
    target: ['size', older],
    expected: { 'overwrite-if-different-size-or-newer.txt': 'same' },
  },
  {
    answer: 'Resume where the target ends',
    source: ['the beginning and the end', newer],
    target: ['the beginning', older],
    expected: { 'resume.txt': 'the beginning and the end' },
  },
  {
    answer: 'Keep both, under another name',
    source: ['mine', newer],
    target: ['theirs', older],
    expected: { 'rename.txt': 'theirs', 'rename (2).txt': 'mine' },
  },
  {
    answer: 'Skip',
    source: ['mine', newer],
    target: ['theirs', older],
    expected: { 'skip.txt': 'theirs' },
  },
];

function write(file: string, [content, modifiedAt]: readonly [string, Date]): void {
  writeFileSync(file, content);
  utimesSync(file, modifiedAt, modifiedAt);
}

async function answerExisting(page: Page, answer: string, always?: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'The target exists' });
  await dialog.waitFor();
  assert.equal(await dialog.getByRole('radio').count(), 7);
  await dialog
    .locator('label')
    .filter({ hasText: new RegExp(`^${answer}$`, 'u') })
    .click();
  if (always !== undefined) {
    await dialog.getByRole('button', { name: 'For further files that exist' }).click();
    await page.getByRole('option', { name: always }).click();
  }
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.waitFor({ state: 'detached' });
}

browserTest(
  'each of the seven answers to a target that exists does what it says, and "always" answers the rest',
  async (context) => {
    const server = await startOwn(context, 'sftp');
    const ui = await startUserInterface(context);
    for (const { source, target, expected } of cases) {
      const [name = ''] = Object.keys(expected);
      write(join(ui.home, name), source);
      write(join(server.root, name), target);
    }
    mkdirSync(join(ui.home, 'many'));
    mkdirSync(join(server.root, 'many'));
    for (let index = 0; index < 5; index += 1) {
      writeFileSync(join(ui.home, 'many', `${index}.txt`), 'mine');
      writeFileSync(join(server.root, 'many', `${index}.txt`), 'theirs');
    }
    await using opened = await openPage(ui.address);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    await row(list(page, 'Left'), 'many').waitFor();
    await saveSite(page, { name: 'Harbour', protocol: 'sftp', server });
    await openSite(page, 'Harbour');
    for (const [index, { answer, expected }] of cases.entries()) {
      const [name = ''] = Object.keys(expected);
      await row(list(page, 'Left'), name).click();
      await page.keyboard.press('F5');
      await answerExisting(page, answer);
      await page.getByRole('tab', { name: `Done ${index + 1}` }).waitFor();
      for (const [file, content] of Object.entries(expected))
        assert.equal(readFileSync(join(server.root, file), 'utf8'), content, `${answer}: ${file}`);
    }
    await row(list(page, 'Left'), 'many').click();
    await page.keyboard.press('F5');
    await answerExisting(page, 'Overwrite', 'Always do this, in this queue');
    await page.getByRole('tab', { name: `Done ${cases.length + 5}` }).waitFor();
    for (let index = 0; index < 5; index += 1)
      assert.equal(readFileSync(join(server.root, 'many', `${index}.txt`), 'utf8'), 'mine');
    assert.deepEqual(complaints, []);
  },
);

browserTest(
  'the changed host key of an OpenSSH server is an alarm, and nothing is sent before it is trusted',
  async (context) => {
    const server = await startOpenSsh();
    context.after(() => server[Symbol.asyncDispose]());
    writeFileSync(join(server.root, 'private.txt'), 'x');
    const ui = await startUserInterface(context);
    await using opened = await openPage(ui.address);
    const { page } = opened;
    page.setDefaultTimeout(20_000);
    await saveSite(page, { name: 'Harbour', protocol: 'sftp', server });
    await openSite(page, 'Harbour');
    await row(list(page, 'Right'), 'private.txt').waitFor();
    await page.getByRole('button', { name: 'Close Harbour' }).click();
    await server.stop();
    server.changeHostKey();
    await server.restart();
    const open = page.getByRole('region', { name: 'Right pane' }).getByRole('button', { name: /^Harbour/u });
    await open.click();
    const alarm = page.getByRole('alertdialog', { name: 'The host key has changed' });
    await alarm.waitFor();
    assert.equal(await alarm.locator('.fingerprint').count(), 2, 'the key before and the key now');
    await alarm.getByRole('button', { name: 'Do not connect' }).click();
    await alarm.waitFor({ state: 'detached' });
    assert.equal(await row(list(page, 'Right'), 'private.txt').count(), 0);
    await open.click();
    const trust = alarm.getByRole('button', { name: 'Trust the new key' });
    assert.equal(await trust.isDisabled(), true);
    await alarm.getByText('I have made sure').click();
    await trust.click();
    await row(list(page, 'Right'), 'private.txt').waitFor();
    assert.equal(
      await page
        .getByRole('status')
        .getByText(/host key/iu)
        .count(),
      0,
      'a refusal of one’s own is no news',
    );
  },
  lackingOpenSsh(),
);

browserTest(
  'a password never goes to vsftpd in the clear before somebody agreed',
  async (context) => {
    const server = await startPeer('vsftpd');
    context.after(() => server[Symbol.asyncDispose]());
    writeFileSync(join(server.root, 'private.txt'), 'x');
    const ui = await startUserInterface(context);
    await using opened = await openPage(ui.address);
    const { page } = opened;
    page.setDefaultTimeout(20_000);
    const address = page.getByLabel('Address to connect to');
    const text = `ftp://${server.user}@127.0.0.1:${server.port}`;
    await address.fill(text);
    await address.press('Enter');
    const warning = page.getByRole('alertdialog', { name: 'This connection is not encrypted' });
    const question = page.getByRole('dialog').filter({ has: page.locator('input[type="password"]') });
    await warning.or(question).first().waitFor();
    if (await question.isVisible()) {
      await question.locator('input[type="password"]').fill(server.password);
      await question.locator('input[type="password"]').press('Enter');
    }
    await warning.getByRole('button', { name: 'Continue unencrypted' }).click();
    await row(list(page, 'Right'), 'private.txt').waitFor();
    await page.getByText('Not encrypted').waitFor();
    const log = await (async () => {
      await page.getByRole('tab', { name: 'Log' }).click();
      return page.getByRole('log', { name: 'Messages' });
    })();
    await log.getByText('PASS').first().waitFor();
    assert.equal(await log.getByText(server.password).count(), 0, 'the log shows no password');
  },
  lackingPeer('vsftpd'),
);
