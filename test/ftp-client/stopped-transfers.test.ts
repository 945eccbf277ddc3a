import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, connectTo, readWhole } from './client-fixture.ts';
import { ScriptedServer, sends, type Script, type ScriptedServerOptions } from './scripted-server.ts';

const abort = '\xff\xf4\xff\xf2ABOR';

/** Begins a file, sees its connection break off, and says nothing of that, as Pure-FTPd does at times in TLS. */
const silent: Script = async (name, session) => {
  if (name !== '/stopped') return sends('0123456789')(name, session);
  session.send('150 Here it comes\r\n');
  const data = await session.data();
  data.write('0');
  await new Promise<void>((resolve) => {
    data.on('close', () => resolve());
  });
  return null;
};

/** Stops one file, and fetches another over the same connection. */
async function stopOneFile(scripts: NonNullable<ScriptedServerOptions['scripts']>): Promise<void> {
  await using server = await ScriptedServer.start({ scripts });
  const { host, port } = server;
  await using client = await connectTo({ host, port, tls: 'off', times: { abortMs: 500, replyMs: 2000 } });
  const handle = await client.connection.openRead(at('/stopped'));
  await handle.read(Buffer.alloc(1), 0);
  await handle.close();
  assert.equal(String(await readWhole(await client.connection.openRead(at('/a')))), '0123456789');
  assert.equal(client.connection.isClosed, false);
}

for (const [what, reply] of [
  ['alone, as if there had been a transfer', '226 Since you see this ABOR must have succeeded\r\n'],
  ['alone, as nothing was to be stopped', '225 Nothing to abort\r\n'],
  ['behind the end of the transfer', '426 Stopped\r\n226 ABOR successful\r\n'],
  ['behind the end of a transfer that was whole', '226 Done\r\n225 Nothing to abort\r\n'],
] as const) {
  test(`ABOR may be answered ${what}`, async () => {
    await stopOneFile({ RETR: silent, [abort]: () => reply });
  });
}

test('ABOR may be answered in two pieces, a round trip apart', async () => {
  await stopOneFile({
    RETR: silent,
    [abort]: () => '226 Done\r\n',
    NOOP: () => '225 Nothing to abort\r\n200 Still here\r\n',
  });
});
