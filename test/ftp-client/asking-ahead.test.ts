import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { at, connectTo, readWhole } from './client-fixture.ts';
import { ScriptedServer, type Script, type ScriptedSession } from './scripted-server.ts';

/** Resolves when a line with this command has come, whether or not it is dealt with yet. */
function heard(session: ScriptedSession, verb: string): Promise<void> {
  return new Promise((resolve) => {
    session.socket.on('data', (chunk: Buffer) => {
      if (chunk.toString('latin1').includes(`${verb}\r\n`)) resolve();
    });
  });
}

/** Sends ten octets, and confirms the first file only when the port of the next one was asked for. */
const retrieve: Script = async (argument, session) => {
  const asked = argument === '/a' ? heard(session, 'EPSV') : Promise.resolve();
  session.send('150 Here it comes\r\n');
  const data = await session.data();
  data.end('0123456789');
  await asked;
  return '226 Done\r\n';
};

const proFtpd = '220 ProFTPD Server (test)\r\n';

async function readAll(server: ScriptedServer): Promise<string[]> {
  await using client = await connectTo({ host: server.host, port: server.port, tls: 'off' });
  const files = ['/a', '/b'].map(async (path) => readWhole(await client.connection.openRead(at(path))));
  return (await Promise.all(files)).map(String);
}

test('a server that reads nothing until it has confirmed its data is asked for the next port with their end', async () => {
  await using server = await ScriptedServer.start({ greeting: proFtpd, scripts: { RETR: retrieve } });
  assert.deepEqual(await readAll(server), ['0123456789', '0123456789']);
  const asked = server.commands.filter((command) => /^(EPSV|RETR)/.test(command)).slice(0, 4);
  assert.deepEqual(asked, ['EPSV', 'RETR /a', 'EPSV', 'RETR /b']);
});

test('a port that was asked for too early is asked for again', async () => {
  let asked = 0;
  const extended: Script = async (_argument, session) => {
    asked += 1;
    return asked === 2
      ? '450 EPSV: data transfer in progress\r\n'
      : `229 Extended (|||${await session.listen()}|)\r\n`;
  };
  await using server = await ScriptedServer.start({
    greeting: proFtpd,
    scripts: { RETR: retrieve, EPSV: extended },
  });
  assert.deepEqual(await readAll(server), ['0123456789', '0123456789']);
});

test('data of an upload go ahead of the reply that announces them where commands may', async () => {
  const received: Buffer[] = [];
  const store: Script = async (_argument, session) => {
    const data = await session.data();
    for await (const chunk of data) received.push(chunk as Buffer);
    session.send('150 Go ahead\r\n');
    return '226 Done\r\n';
  };
  await using server = await ScriptedServer.start({
    greeting: proFtpd,
    scripts: { STOR: store, RNFR: () => '350 And now?\r\n', RNTO: () => '250 Done\r\n' },
  });
  await using client = await connectTo({ host: server.host, port: server.port, tls: 'off' });
  const file = await client.connection.openWrite(at('/a'));
  await file.write(Buffer.from('0123456789'), 0);
  await file.finish();
  assert.equal(Buffer.concat(received).toString(), '0123456789');
});

for (const [greeting, together] of [
  ['220 (vsFTPd 3.0.5)', true],
  ['220 ProFTPD Server (test)', true],
  ['220 wherry ready', true],
  ['220 pyftpdlib 2.0.1 ready.', false],
  ['220 Ready', false],
] as const) {
  test(`questions after the login are ${together ? '' : 'not '}sent together: ${greeting}`, async () => {
    let received = '';
    let asked: boolean | null = null;
    const user: Script = (_argument, session) => {
      session.socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1');
      });
      return '331 Password\r\n';
    };
    const feat: Script = async (_argument, session) => {
      // Where they are sent together the login does not go on before the other one has come.
      if (together) {
        while (!received.includes('SYST\r\n')) await once(session.socket, 'data');
      }
      asked = received.includes('SYST');
      return '502 No such command\r\n';
    };
    await using server = await ScriptedServer.start({
      greeting: `${greeting}\r\n`,
      scripts: { USER: user, FEAT: feat },
    });
    await using client = await connectTo({ host: server.host, port: server.port, tls: 'off' });
    assert.equal(asked, together);
    assert.ok(client.commands().includes('SYST'));
  });
}
