import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { connectSsh, type SshClientConnection } from '#protocols/ssh/client/client-connection.ts';
import type { SshLimits } from '#protocols/ssh/limits.ts';
import { clientOptions } from './ssh-fixture.ts';

/** Our client on a server that says these words first, and nothing more. */
function greet(t: TestContext, words: string, limits: Partial<SshLimits> = {}): Promise<SshClientConnection> {
  const [serverSide, clientSide] = duplexPair();
  t.after(() => {
    serverSide.destroy();
    clientSide.destroy();
  });
  serverSide.resume();
  serverSide.write(words);
  return connectSsh(clientSide, clientOptions({ limits }));
}

const notice = 'Authorised users only. Everything is recorded.\r\n';

for (const [what, words] of [
  ['more than 8 KiB of other lines', notice.repeat(200)],
  ['one line without an end', 'x'.repeat(10_000)],
  ['an identification without an end', `SSH-2.0-${'x'.repeat(300)}`],
  ['SSH 1', 'SSH-1.5-old\r\n'],
  [
    'binary rubbish behind its identification',
    'SSH-2.0-x\r\n\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff',
  ],
] as const) {
  test(`things 31: a server that sends ${what} is given up`, async (t) => {
    await assert.rejects(greet(t, words), { code: 'protocol' });
  });
}

for (const [what, words] of [
  ['nothing', ''],
  ['other lines and then nothing', notice],
  ['its identification and then nothing', `${notice}SSH-2.0-x\r\n`],
] as const) {
  test(`things 31: a server that says ${what} is not waited for without end`, async (t) => {
    const limits = { authenticationTimeoutMs: 60, keyExchangeTimeoutMs: 60 };
    await assert.rejects(greet(t, words, limits), { code: 'timeout' });
  });
}
