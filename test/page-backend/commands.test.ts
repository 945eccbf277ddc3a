import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFileSystem } from '#storage/index.ts';
import { put } from '#test/client/places.ts';
import { serve } from '#test/client/served.ts';
import { connectTo, trust } from './connect-page.ts';
import { enter, startUi } from './page-client.ts';

test('commands by hand reach an FTP server and no more than they may', async (t) => {
  const fileSystem = new MemoryFileSystem();
  await put(fileSystem, '/file', '12345');
  const served = await serve(t, { fileSystem });
  const ui = await startUi(t);
  await enter(ui);
  const { page } = ui;
  await page.listen(t);
  const ftp = await connectTo(page, served.address('ftp'), trust);
  assert.equal(ftp.capabilities.commands, true);
  const send = async (command: string): Promise<string> =>
    String((await page.call('POST', `/connections/${ftp.id}/command`, { command }))['reply']);
  assert.equal(await send('SIZE /file'), '213 5');
  assert.match(await send('site chmod 600 /file'), /^200 /u);
  assert.match(await send('STAT'), /^211-[^]*\n211 /u);
  assert.match(await send('NONSENSE'), /^500 /u);
  const refused = async (command: string): Promise<string> =>
    page.refusal('POST', `/connections/${ftp.id}/command`, { command });
  for (const command of ['QUIT', 'PASV', 'retr /file', 'CWD /', 'NOOP\r\nDELE /file', '42', '; rm'])
    assert.equal(await refused(command), 'invalid-argument', command);
  assert.equal(await refused('x'.repeat(3000)), 'invalid-argument');
  assert.equal(
    await page.refusal('POST', '/connections/local/command', { command: 'NOOP' }),
    'not-supported',
  );
  assert.equal(await page.refusal('POST', '/connections/none/command', { command: 'NOOP' }), 'closed');
  const lines = (await page.call('GET', '/log'))['lines'] as readonly { readonly text: string }[];
  assert.ok(lines.some(({ text }) => text === 'SIZE /file') && lines.some(({ text }) => text === '213 5'));
});
