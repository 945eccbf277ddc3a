import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { uploadChunkBytes } from '#protocols/http/contract/page/uploads.ts';
import { csrfHeader, pagePrefix } from '#protocols/http/contract/page/common.ts';
import { host, type Credentials } from '../peers/peer.ts';
import { ftpPorts } from '../peers/wherry-page.ts';
import type { Measurement } from '../suite.ts';

const run = promisify(execFile);
const bytesPerMegabyte = 1e6;

/** A login of the page. */
interface Login {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function logIn(port: number, { user, password }: Credentials): Promise<Login> {
  const origin = `http://${host}:${port}`;
  const response = await fetch(`${origin}${pagePrefix}/session/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password }),
  });
  const { session } = (await response.json()) as { readonly session: { readonly csrfToken: string } };
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return { origin, headers: { cookie, [csrfHeader]: session.csrfToken, 'tus-resumable': '1.0.0' } };
}

/** Announces an upload. @returns its address */
async function announce({ origin, headers }: Login, name: string, bytes: number): Promise<string> {
  const fields = { connection: 'account', directory: '/in', relativePath: name, existing: 'overwrite' };
  const metadata = Object.entries(fields).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
  );
  const response = await fetch(`${origin}${pagePrefix}/uploads`, {
    method: 'POST',
    headers: { ...headers, 'upload-length': String(bytes), 'upload-metadata': metadata.join(',') },
  });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`the upload was refused: ${response.status}`);
  return origin + location;
}

const pieceHeaders = (offset: number): Readonly<Record<string, string>> => ({
  'upload-offset': String(offset),
  'content-type': 'application/offset+octet-stream',
});

/** As the page does: pieces of so many octets one after the other, each a request of its own. */
async function uploadInPieces(login: Login, file: string, bytes: number): Promise<void> {
  const url = await announce(login, 'page.bin', bytes);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const source = await open(file);
  const piece = Buffer.allocUnsafeSlow(uploadChunkBytes);
  try {
    for (let offset = 0; offset < bytes;) {
      const { bytesRead } = await source.read(piece, 0, piece.length, offset);
      await sendPiece(url, { agent, login, offset }, piece.subarray(0, bytesRead));
      offset += bytesRead;
    }
  } finally {
    await source.close();
    agent.destroy();
  }
}

async function sendPiece(
  url: string,
  { agent, login, offset }: { readonly agent: Agent; readonly login: Login; readonly offset: number },
  piece: Buffer,
): Promise<void> {
  const headers = { ...login.headers, ...pieceHeaders(offset), 'content-length': String(piece.length) };
  await new Promise<void>((resolve, reject) => {
    const sent = request(url, { agent, method: 'PATCH', headers }, (response) => {
      response.resume();
      response.once('end', resolve);
      if (response.statusCode !== 204) reject(new Error(`a piece was refused: ${response.statusCode}`));
    });
    sent.once('error', reject);
    sent.end(piece);
  });
}

/** As curl does to the same address: the whole file in one request. */
async function uploadByCurl(login: Login, file: string, bytes: number): Promise<void> {
  const url = await announce(login, 'curl.bin', bytes);
  const headers = Object.entries({ ...login.headers, ...pieceHeaders(0), expect: '' });
  const words = ['-sS', '--fail', '-X', 'PATCH', '-T', file];
  await run('curl', [...words, ...headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`]), url]);
}

async function megabytesPerSecond(bytes: number, work: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return bytes / bytesPerMegabyte / ((performance.now() - startedAtMs) / 1000);
}

const upload: Measurement = {
  id: 'upload',
  needs: ['write'],
  async run({ server, workspace }) {
    const file = join(workspace.tree, 'big.bin');
    const bytes = workspace.sizes.bigFileBytes;
    const login = await logIn(server.port, server.account);
    const { user, password } = server.account;
    const ftp = `ftp://${user}:${password}@${host}:${ftpPorts.get(server.port) ?? 0}/in/ftp.bin`;
    const curl = await megabytesPerSecond(bytes, () => uploadByCurl(login, file, bytes));
    const page = await megabytesPerSecond(bytes, () => uploadInPieces(login, file, bytes));
    const byFtp = await megabytesPerSecond(bytes, async () => {
      await run('curl', ['-sS', '--fail', '-T', file, ftp]);
    });
    return { curl, page, ftp: byFtp, ratio: page / curl };
  },
};

export const pageMeasurements: readonly Measurement[] = [upload];
