import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import { promisify } from 'node:util';
import { program, scratch, startWherry } from '#test/cli/wherry-process.ts';
import { lacking } from '#test/interop/programs.ts';
import { SshPrograms } from '#test/server/ssh-programs.ts';
import { freePort } from '#test/interop/servers/peer.ts';
import { browserTest, openPage } from '../browser.ts';
import { buildPage } from '../built-page.ts';

before(buildPage);

browserTest(
  'an administrator makes an account on the page, whose owner then logs in by SFTP and is seen and sent away',
  async (context) => {
    const words = ['--ftp', 'off', '--ftps', 'off', '--host', '127.0.0.1'];
    const server = await startWherry(context, { words });
    const secret = join(scratch(context), 'password');
    writeFileSync(secret, 'harbour master\n');
    const admin = ['admin', 'create', 'root', '--password-file', secret];
    await promisify(execFile)(program, [...admin, '--data-dir', server.dataDirectory]);
    await using opened = await openPage(`http://127.0.0.1:${server.port('http')}/admin/accounts`);
    const { page, complaints } = opened;
    page.setDefaultTimeout(20_000);
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password').fill('harbour master');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('button', { name: 'New account' }).click();
    const dialog = page.getByRole('dialog', { name: 'New account' });
    await dialog.getByLabel('Name').fill('mira');
    await dialog.getByLabel('Password').fill('ten loaves');
    const groups = dialog.getByRole('textbox', { name: 'Groups' });
    await groups.pressSequentially('bakers, drivers');
    assert.equal(await groups.inputValue(), 'bakers, drivers', 'a comma can be typed');
    await groups.fill('');
    await page.keyboard.press('Escape');
    const question = page.getByRole('alertdialog', { name: 'Discard the changes?' });
    await question.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await dialog.getByLabel('Name').inputValue(), 'mira', 'nothing is lost by a key');
    await dialog.getByRole('button', { name: 'Make account' }).click();
    await page.getByRole('grid', { name: 'Accounts' }).getByRole('row', { name: 'mira' }).waitFor();

    const directory = scratch(context);
    writeFileSync(join(directory, 'order.txt'), 'ten loaves\n');
    const ssh = new SshPrograms(server, directory);
    const login = { user: 'mira', password: 'ten loaves' };
    const put = await ssh.sftp(login, ['put order.txt']);
    assert.equal(put.code, 0, put.said);
    assert.ok(existsSync(join(server.directory, 'order.txt')));

    context.after(await ssh.proxy(login, await freePort()));
    await page.getByRole('link', { name: 'Sessions' }).click();
    const session = page.getByRole('grid').getByRole('row', { name: /mira/u });
    await session.waitFor();
    await session.click();
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End', exact: true }).click();
    await session.waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
  },
  lacking(['sftp'], 'openssh-client'),
);
