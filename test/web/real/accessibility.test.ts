import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import { promisify } from 'node:util';
import { noSsh, program, scratch, startWherry } from '#test/cli/wherry-process.ts';
import { seriousFindings } from '../axe.ts';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';
import { row } from './panes.ts';
import { startOwn } from './servers.ts';
import { writeTree } from './trees.ts';
import { startUserInterface } from './user-interface.ts';
import { leftFiles, rightFiles, walkAdministration, walkTwoPanes } from './views.ts';

before(buildPage);

for (const colorScheme of ['light', 'dark'] as const) {
  const options = { colorScheme, bypassCSP: true, reducedMotion: 'reduce' } as const;

  browserTest(`axe finds nothing serious in any view of the two panes (${colorScheme})`, async (context) => {
    const server = await startOwn(context, 'sftp');
    const ui = await startUserInterface(context);
    writeTree(ui.home, leftFiles);
    writeTree(server.root, rightFiles);
    await using opened = await openPage(ui.address, options);
    opened.page.setDefaultTimeout(20_000);
    const found: string[] = [];
    await walkTwoPanes(opened.page, server, async (view) => {
      for (const finding of await seriousFindings(opened.page)) found.push(`${view}: ${finding}`);
    });
    assert.deepEqual(found, []);
  });

  browserTest(
    `axe finds nothing serious in the files of a server and in its administration (${colorScheme})`,
    async (context) => {
      const words = [...noSsh, '--host', '127.0.0.1', '--user', 'anna:sea water'];
      const server = await startWherry(context, { words });
      writeTree(server.directory, rightFiles);
      const secret = join(scratch(context), 'password');
      writeFileSync(secret, 'harbour master\n');
      const admin = ['admin', 'create', 'root', '--password-file', secret];
      await promisify(execFile)(program, [...admin, '--data-dir', server.dataDirectory]);
      const origin = `http://127.0.0.1:${server.port('http')}`;
      await using opened = await openPage(origin, options);
      const { page } = opened;
      page.setDefaultTimeout(20_000);
      const found: string[] = [];
      const look = async (view: string): Promise<void> => {
        for (const finding of await seriousFindings(page)) found.push(`${view}: ${finding}`);
      };
      await page.getByLabel('Name').fill('anna');
      await page.getByLabel('Password').fill('sea water');
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await row(page.getByRole('grid'), 'welcome.txt').click();
      await look('files');
      await page.setViewportSize({ width: 390, height: 780 });
      await look('files on a telephone');
      await page.setViewportSize({ width: 1360, height: 860 });
      await page.getByRole('button', { name: 'Account' }).click();
      await page.getByRole('menuitem', { name: 'Log out' }).click();
      await page.getByLabel('Password').waitFor();
      await page.goto(`${origin}/admin`);
      await page.getByLabel('Password').waitFor();
      await walkAdministration(page, { user: 'root', password: 'harbour master' }, look);
      assert.deepEqual(found, []);
    },
  );
}
