/**
 * Takes the pictures of `docs/images` of the real program, with what a small bakery might have on its disks.
 *
 *     unshare --mount sh -c 'mount -t tmpfs tmpfs /home && exec bin/wherry-node test/web/take-pictures.ts'
 *
 * gives it a home directory of its own, and OpenSSH an account for the picture of a changed key; it needs root.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { pagePrefix } from '#protocols/http/contract/page/common.ts';
import { program, scratch, startWherry } from '#test/cli/wherry-process.ts';
import { startOpenSsh } from '#test/interop/servers/openssh.ts';
import { closeBrowser, openPage } from './browser.ts';
import { buildPage } from './built-page.ts';
import { limitRates, list, openSite, row, saveSite } from './real/panes.ts';
import { startOwn } from './real/servers.ts';
import { writeTree } from './real/trees.ts';
import { startUserInterface, type UserInterface } from './real/user-interface.ts';
import { leftFiles, rightFiles } from './real/views.ts';

const images = join(import.meta.dirname, '../../docs/images');
const schemes = ['light', 'dark'] as const;
const cleanups: (() => unknown)[] = [];
const t = { after: (work: () => unknown) => void cleanups.push(work) };
const run = promisify(execFile);

async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  // Tooltips and notices that are on their way out are gone.
  await page.waitForTimeout(700);
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 88 });
  writeFileSync(join(images, `${name}.webp`), Buffer.from(data, 'base64'));
}

/** What every Linux has at its root; further names are those of the machine that takes the pictures. */
const usual = new Set('bin boot dev etc home lib media mnt opt proc root run srv sys tmp usr var'.split(' '));

async function hideMachine(page: Page): Promise<void> {
  await page.route(`**${pagePrefix}/files/list`, async (route) => {
    const asked = route.request().postDataJSON() as { readonly connection: string; readonly path: string };
    if (asked.connection !== 'local' || asked.path !== '/') return route.continue();
    const response = await route.fetch();
    const lines = (await response.text()).trim().split('\n');
    const shown = lines.map((line) => {
      const { entries, ...rest } = JSON.parse(line) as {
        readonly entries?: readonly { readonly name: string }[];
      };
      const known = entries?.filter(({ name }) => usual.has(name));
      return JSON.stringify(known === undefined ? rest : { entries: known });
    });
    return route.fulfill({ response, body: `${shown.join('\n')}\n` });
  });
}

async function openPanes(
  ui: UserInterface,
  options: BrowserContextOptions,
): Promise<Awaited<ReturnType<typeof openPage>>> {
  const opened = await openPage('about:blank', options);
  await hideMachine(opened.page);
  await opened.page.goto(ui.address);
  await row(list(opened.page, 'Left'), 'website').waitFor();
  return opened;
}

async function takePanes(): Promise<void> {
  const server = await startOwn(t, 'sftp');
  const home = '/home/anna';
  writeTree(home, { ...leftFiles, 'website/release.tar.gz': 48_000_000, 'website/film.mp4': 31_000_000 });
  for (const colorScheme of schemes) {
    writeTree(server.root, rightFiles);
    const ui = await startUserInterface(t, home);
    await using opened = await openPanes(ui, { colorScheme });
    const { page } = opened;
    await saveSite(page, { name: 'Bakery web site', protocol: 'sftp', server });
    if (colorScheme === 'light') {
      await page.keyboard.press('Control+s');
      await page.getByRole('dialog').getByRole('row', { name: 'Bakery web site' }).click();
      await page.getByRole('textbox', { name: 'Host' }).waitFor();
      await take(page, 'site-manager-light');
      await page.keyboard.press('Escape');
    }
    await openSite(page, 'Bakery web site');
    await row(list(page, 'Right'), 'www').dblclick();
    await row(list(page, 'Left'), 'website').dblclick();
    await row(list(page, 'Right'), 'robots.txt').waitFor();
    await limitRates(page, '900');
    await row(list(page, 'Left'), 'film.mp4').click();
    await row(list(page, 'Left'), 'release.tar.gz').click({ modifiers: ['Control'] });
    await page.keyboard.press('F5');
    await page.getByRole('grid', { name: 'Queued transfers' }).getByRole('progressbar').nth(1).waitFor();
    await page.waitForTimeout(4000);
    await take(page, `two-panes-${colorScheme}`);
    await page.getByRole('button', { name: 'Remove all' }).click();
    if (colorScheme === 'light') {
      await page.keyboard.press('Control+Shift+Y');
      await page.getByText('Delete what is only on the right').click();
      await page.getByRole('button', { name: 'Preview' }).click();
      await row(page.getByRole('grid', { name: 'What would be done' }), 'robots.txt').waitFor();
      await take(page, 'mirror-light');
    }
    await ui.kill();
  }
}

async function takeChangedKey(): Promise<void> {
  const server = await startOpenSsh();
  t.after(() => server[Symbol.asyncDispose]());
  const ui = await startUserInterface(t, '/home/anna');
  await using opened = await openPanes(ui, { colorScheme: 'dark' });
  const { page } = opened;
  await saveSite(page, { name: 'Mill', protocol: 'sftp', server });
  await openSite(page, 'Mill');
  await page.getByRole('button', { name: 'Close Mill' }).click();
  await server.stop();
  server.changeHostKey();
  await server.restart();
  await page.getByRole('region', { name: 'Right pane' }).getByRole('button', { name: /^Mill/u }).click();
  await page.getByRole('alertdialog', { name: 'The host key has changed' }).waitFor();
  await take(page, 'changed-host-key-dark');
}

async function takeServer(): Promise<void> {
  const words = ['--sftp', 'off', '--host', '127.0.0.1'];
  const people = ['anna', 'mira', 'jon'].flatMap((name) => ['--user', `${name}:sea water`]);
  const server = await startWherry(t, { words: [...words, ...people] });
  writeTree(server.directory, { ...rightFiles, 'Prices 2027.pdf': 88_000, 'Oven, new.jpg': 1_940_000 });
  const secret = join(scratch(t), 'password');
  writeFileSync(secret, 'harbour master\n');
  const admin = ['admin', 'create', 'root', '--password-file', secret, '--data-dir', server.dataDirectory];
  await run(program, admin);
  for (const name of ['mira', 'jon', 'mira']) {
    const address = `ftp://${name}:sea%20water@127.0.0.1:${server.port('ftp')}/from-${name}.bin`;
    writeFileSync(secret, Buffer.alloc(3_000_000));
    await run(program, ['put', '--tls', 'off', secret, address], {
      env: { ...process.env, HOME: scratch(t) },
    });
  }
  const origin = `http://127.0.0.1:${server.port('http')}`;
  const logIn = async (page: Page, user: string, password: string): Promise<void> => {
    await page.getByLabel('Name').fill(user);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
  };
  for (const colorScheme of schemes) {
    await using files = await openPage(origin, { colorScheme });
    await logIn(files.page, 'anna', 'sea water');
    await row(files.page.getByRole('grid'), 'Prices 2027.pdf').click();
    await take(files.page, `files-${colorScheme}`);
    await using desk = await openPage(`${origin}/admin`, { colorScheme });
    await logIn(desk.page, 'root', 'harbour master');
    await desk.page.getByRole('heading', { name: 'Listening' }).waitFor();
    await desk.page.waitForTimeout(6000);
    await take(desk.page, `administration-${colorScheme}`);
    if (colorScheme === 'light') continue;
    await desk.page.getByRole('link', { name: 'Activity' }).click();
    await desk.page.getByRole('grid').getByRole('row').nth(4).waitFor();
    await take(desk.page, 'activity-dark');
  }
  await using telephone = await openPage(origin, {
    colorScheme: 'light',
    viewport: { width: 390, height: 780 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  });
  await logIn(telephone.page, 'anna', 'sea water');
  await row(telephone.page.getByRole('grid'), 'welcome.txt').click();
  await take(telephone.page, 'telephone-light');
}

await buildPage();
try {
  for (const work of [takePanes, takeChangedKey, takeServer]) await work();
} finally {
  for (const work of cleanups.toReversed()) await work();
  await closeBrowser();
}
