import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { startTlsServer, versions } from './tls-harness.ts';

/**
 * ftplib demands a proper end of TLS of every data connection (`unwrap`), and an ssl socket with
 * `suppress_ragged_eofs` off takes a bare FIN for an error.
 */
const script = `
import ftplib, hashlib, io, os, ssl, sys

port, version = int(sys.argv[1]), sys.argv[2]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)

class Client(ftplib.FTP_TLS):
    reused = 0
    def ntransfercmd(self, command, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, command, rest)
        if self._prot_p:
            connection = self.context.wrap_socket(connection, session=self.sock.session, suppress_ragged_eofs=False)
            Client.reused += connection.session_reused
        return connection, size

client = Client(context=context, timeout=20)
client.connect('127.0.0.1', port)
client.login('alice', 'wonder land')
client.prot_p()
for size in (0, 1, 16384, 3000000):
    content = os.urandom(size)
    client.storbinary('STOR f', io.BytesIO(content))
    received = io.BytesIO()
    client.retrbinary('RETR f', received.write)
    assert received.getvalue() == content, size
names = client.nlst()
assert names == ['f'], names
lines = []
client.retrlines('LIST', lines.append)
assert len(lines) == 1, lines
client.quit()
print(Client.reused)
`;

async function run(
  port: number,
  version: string,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn('python3', ['-c', script, String(port), version]);
  let text = '';
  child.stdout.on('data', (octets: Buffer) => (text += octets.toString()));
  child.stderr.on('data', (octets: Buffer) => (text += octets.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}

for (const version of versions) {
  test(`Python’s ftplib is served, with resumed sessions and a proper end of every one (${version})`, async (context) => {
    await using fixture = await startTlsServer({ tlsSessionReuse: 'require' });
    const outcome = await run(fixture.port(), version.replace('.', '_')).catch(() => null);
    if (outcome === null) {
      context.skip('there is no python3');
      return;
    }
    assert.equal(outcome.code, 0, outcome.text);
    assert.equal(outcome.text.trim(), '10');
  });
}
