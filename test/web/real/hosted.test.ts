import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { before, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { noSsh, scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { startCutProxy } from './cut-proxy.ts';
import { logIn as logInAs } from './hosted.ts';
import { row } from './panes.ts';
import { digestsOf } from './trees.ts';

before(buildPage);

const user = 'anna';
const password = 'sea water';

function startServer(t: TestContext): Promise<WherryProcess> {
  const words = [...noSsh, '--ftp', 'off', '--ftps', 'off', '--host', '127.0.0.1'];
  return startWherry(t, { words: [...words, '--user', `${user}:${password}`] });
}

const logIn = (page: Page): Promise<Locator> => logInAs(page, { user, password });

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function writeRandom(file: string, megabytes: number): Promise<void> {
  await pipeline(function* () {
    for (let index = 0; index < megabytes; index += 1) yield randomBytes(1_000_000);
  }, createWriteStream(file));
}

async function upload(page: Page, file: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload' }).first().click();
  await (await chooser).setFiles(file);
}

browserTest(
  'a file of 200 MB goes up through a network that breaks on the way, and arrives whole',
  async (context) => {
    const server = await startServer(context);
    const proxy = await startCutProxy(context, server.port('http'));
    const file = join(scratch(context), 'harbour.bin');
    await writeRandom(file, 200);
    await using opened = await openPage(proxy.origin);
    const { page, complaints } = opened;
    page.setDefaultTimeout(30_000);
    await logIn(page);
    await upload(page, file);
    await proxy.sent(80_000_000);
    proxy.cut();
    const sentBefore = proxy.sentBytes;
    assert.equal(existsSync(join(server.directory, 'harbour.bin')), false, 'half a file is not shown');
    proxy.mend();
    await page.getByText('1 file uploaded').waitFor();
    await row(page.getByRole('grid'), 'harbour.bin').waitFor();
    assert.equal(await digest(join(server.directory, 'harbour.bin')), await digest(file));
    const again = proxy.sentBytes - sentBefore;
    // A piece of 32 MiB may be refused once, when octets from before the break still arrive after the offset was told.
    assert.ok(again < 180_000_000, `${again} octets were sent after the break: it began anew`);
    assert.deepEqual(
      complaints.filter((text) => !text.includes('WebSocket')),
      [],
    );
  },
);

browserTest('an upload whose session is ended goes on where it was after the next login', async (context) => {
  const server = await startServer(context);
  const proxy = await startCutProxy(context, server.port('http'));
  const file = join(scratch(context), 'harbour.bin');
  await writeRandom(file, 200);
  await using opened = await openPage(proxy.origin);
  const { page } = opened;
  page.setDefaultTimeout(30_000);
  await logIn(page);
  const second = await page.context().newPage();
  await second.goto(proxy.origin);
  await second.getByRole('button', { name: 'Account' }).click();
  await upload(page, file);
  await proxy.sent(40_000_000);
  await second.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByLabel('Password').waitFor();
  await logIn(page);
  await page.getByText('1 file uploaded').waitFor();
  await row(page.getByRole('grid'), 'harbour.bin').waitFor();
  assert.equal(await digest(join(server.directory, 'harbour.bin')), await digest(file));
});

browserTest(
  'files are previewed, edited, renamed and downloaded, and what one tab does the other shows',
  async (context) => {
    const server = await startServer(context);
    mkdirSync(join(server.directory, 'papers'));
    writeFileSync(join(server.directory, 'papers', 'offer.txt'), 'ten loaves\n');
    writeFileSync(join(server.directory, 'papers', 'page.html'), '<script>document.title = "run"</script>');
    await using opened = await openPage(`http://127.0.0.1:${server.port('http')}`);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    const files = await logIn(page);
    await row(files, 'papers').dblclick();
    const second = await page.context().newPage();
    await second.goto(page.url());
    await row(second.getByRole('grid'), 'papers').dblclick();
    await row(second.getByRole('grid'), 'offer.txt').waitFor();
    await row(files, 'offer.txt').click();
    await page.keyboard.press('F4');
    await page.getByLabel('Text of the file').waitFor();
    await page.keyboard.type('and a cake\n');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.keyboard.press('Escape');
    await row(files, 'offer.txt').click();
    await page.keyboard.press('F2');
    await page.getByLabel('New name').fill('order.txt');
    await page.keyboard.press('Enter');
    await row(second.getByRole('grid'), 'order.txt').waitFor();
    const download = page.waitForEvent('download');
    await row(files, 'order.txt').click();
    await page.keyboard.press('Control+Shift+s');
    const saved = join(scratch(context), 'order.txt');
    await (await download).saveAs(saved);
    assert.equal(await digest(saved), await digest(join(server.directory, 'papers', 'order.txt')));
    await row(files, 'page.html').dblclick();
    await page.getByRole('dialog').waitFor();
    assert.doesNotMatch(await page.title(), /run/u, 'an uploaded page does not run here');
    assert.deepEqual(complaints, []);
  },
);

browserTest(
  'a folder of the desktop that is dropped on a directory goes up with what is in it',
  async (context) => {
    const server = await startServer(context);
    mkdirSync(join(server.directory, 'incoming'));
    const desktop = scratch(context);
    mkdirSync(join(desktop, 'album', 'sub'), { recursive: true });
    writeFileSync(join(desktop, 'album', 'note.txt'), 'dropped');
    writeFileSync(join(desktop, 'album', 'sub', 'öl.txt'), 'deeper');
    await using opened = await openPage(`http://127.0.0.1:${server.port('http')}`);
    const { page } = opened;
    page.setDefaultTimeout(20_000);
    const target = row(await logIn(page), 'incoming');
    await target.waitFor();
    const box = await target.boundingBox();
    const data = { items: [], files: [join(desktop, 'album')], dragOperationsMask: 1 };
    const at = { x: (box?.x ?? 0) + 40, y: (box?.y ?? 0) + 8, data };
    const devtools = await page.context().newCDPSession(page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await devtools.send('Input.dispatchDragEvent', { type, ...at });
    }
    await page.getByText('2 files uploaded').waitFor();
    assert.deepEqual(digestsOf(join(server.directory, 'incoming')), digestsOf(desktop));
  },
);

browserTest(
  'on a telephone the files fit, and what is selected can be downloaded with the thumb',
  async (context) => {
    const server = await startServer(context);
    writeFileSync(join(server.directory, 'welcome.txt'), 'Welcome.\n');
    writeFileSync(join(server.directory, `${'long name '.repeat(20)}.txt`), 'x');
    await using opened = await openPage(`http://127.0.0.1:${server.port('http')}`, {
      viewport: { width: 390, height: 780 },
      hasTouch: true,
      isMobile: true,
    });
    const { page } = opened;
    page.setDefaultTimeout(20_000);
    const files = await logIn(page);
    await row(files, 'welcome.txt').click();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    const download = page.waitForEvent('download');
    await page
      .getByRole('toolbar', { name: 'What is selected' })
      .getByRole('button', { name: 'Download' })
      .click();
    assert.equal((await download).suggestedFilename(), 'welcome.txt');
  },
);

browserTest(
  'a link with a password and an end of its uses lets somebody without an account at one directory',
  async (context) => {
    const server = await startServer(context);
    mkdirSync(join(server.directory, 'papers'));
    writeFileSync(join(server.directory, 'papers', 'offer.txt'), 'ten loaves\n');
    writeFileSync(join(server.directory, 'private.txt'), 'x');
    const origin = `http://127.0.0.1:${server.port('http')}`;
    await using opened = await openPage(origin);
    const { page } = opened;
    page.setDefaultTimeout(20_000);
    await row(await logIn(page), 'papers').click();
    await page.getByRole('button', { name: 'Share by link' }).click();
    await page.getByLabel('Password').fill('rye bread');
    await page.getByLabel('Times it can be used').fill('1');
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = page.getByText(/^http:\/\/127\.0\.0\.1:\d+\/s\//u);
    const address = (await link.textContent()) ?? '';
    await using visited = await openPage(address);
    const { page: guest } = visited;
    guest.setDefaultTimeout(20_000);
    await guest.getByLabel('Password of the link').fill('wheat');
    await guest.getByRole('button', { name: 'Open' }).click();
    await guest.getByRole('alert').waitFor();
    await guest.getByLabel('Password of the link').fill('rye bread');
    await guest.getByRole('button', { name: 'Open' }).click();
    await row(guest.getByRole('grid'), 'offer.txt').waitFor();
    assert.equal(await row(guest.getByRole('grid'), 'private.txt').count(), 0);
    assert.equal(await guest.getByRole('button', { name: 'Upload' }).count(), 0);
    await using late = await openPage(address);
    await late.page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'Take the link back' }).click();
    await page.getByRole('button', { name: 'Take the link back' }).waitFor({ state: 'detached' });
    await guest.reload();
    await guest.getByRole('alert').waitFor();
  },
);

browserTest('somebody makes a passkey and logs in by it the next time', async (context) => {
  const server = await startServer(context);
  writeFileSync(join(server.directory, 'welcome.txt'), 'Welcome.\n');
  // An address of numbers has no passkeys (WebAuthn Level 3, section 5.1.3: the RP ID is a domain).
  await using opened = await openPage(`http://localhost:${server.port('http')}`);
  const { page } = opened;
  page.setDefaultTimeout(20_000);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
  } as const;
  await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
  await logIn(page);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: user }).click();
  await page.getByRole('button', { name: 'Add a passkey of this device' }).click();
  await page.getByLabel('A name for this device').fill('Desk');
  await page.getByRole('button', { name: 'Make passkey' }).click();
  await page.getByRole('dialog').getByText('Desk').waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in with a passkey' }).click();
  await row(page.getByRole('grid'), 'welcome.txt').waitFor();
});
