import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { ChecksumOptions } from '#core/file-system.ts';
import type { HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { startServer } from './harness.ts';
import { put } from './tree.ts';

const names = { 'SHA-512': 'sha512', 'SHA-256': 'sha256', 'SHA-1': 'sha1', MD5: 'md5' } as const;

function digest(algorithm: HashAlgorithm, content: Uint8Array): string {
  if (algorithm === 'CRC32') return crc32(content).toString(16).padStart(8, '0');
  return createHash(names[algorithm]).update(content).digest('hex');
}

/** Two reads of the server's and a bit. */
const content = Buffer.from(
  Array.from({ length: 1_100_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff),
);

test('J06 OPTS HASH tells and selects the digest, and FEAT follows', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.equal((await client.command('OPTS HASH', 200)).text, '200 SHA-256\r\n');
  assert.match((await client.command('FEAT', 211)).text, /\r\n HASH SHA-512;SHA-256\*;SHA-1;MD5;CRC32\r\n/);
  assert.equal((await client.command('OPTS HASH sha-512', 200)).text, '200 SHA-512\r\n');
  assert.match((await client.command('FEAT', 211)).text, /\r\n HASH SHA-512\*;SHA-256;SHA-1;MD5;CRC32\r\n/);
  await client.command('OPTS HASH ROT13', 501);
  assert.equal((await client.command('OPTS HASH', 200)).text, '200 SHA-512\r\n');
});

test('J07 HASH tells every digest of a file', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'a file', content);
  await put(fixture.fileSystem, 'empty');
  const client = await fixture.login();
  await client.command('MKD dir', 257);
  for (const algorithm of ['SHA-512', 'SHA-256', 'SHA-1', 'MD5', 'CRC32'] as const) {
    await client.command(`OPTS HASH ${algorithm}`, 200);
    const { text } = await client.command('HASH a file', 213);
    assert.equal(text, `213 ${algorithm} 0-1099999 ${digest(algorithm, content)} a file\r\n`);
    const empty = await client.command('HASH empty', 213);
    assert.equal(empty.text, `213 ${algorithm} 0-0 ${digest(algorithm, Buffer.alloc(0))} empty\r\n`);
  }
  await client.command('HASH dir', 553);
  await client.command('HASH missing', 550);
  await client.command('HASH', 501);
});

test('G16 RANG restricts the next HASH, both ends included, and no later one', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'f', '0123456789');
  const client = await fixture.login();
  const part = (from: number, to: number): string =>
    digest('SHA-256', Buffer.from('0123456789').subarray(from, to));
  await client.command('RANG 2 4', 350);
  assert.equal((await client.command('HASH f', 213)).text, `213 SHA-256 2-4 ${part(2, 5)} f\r\n`);
  assert.equal((await client.command('HASH f', 213)).text, `213 SHA-256 0-9 ${part(0, 10)} f\r\n`);
  await client.command('RANG 8 100', 350);
  assert.equal((await client.command('HASH f', 213)).text, `213 SHA-256 8-9 ${part(8, 10)} f\r\n`);
  await client.command('RANG 11 12', 350);
  await client.command('HASH f', 554);
  await client.command('RANG 2 4', 350);
  await client.command('RANG 1 0', 350);
  assert.equal((await client.command('HASH f', 213)).text, `213 SHA-256 0-9 ${part(0, 10)} f\r\n`);
});

test('J08 XCRC and its like take a path, quoted or not, and a range whose end does not count', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'a b.bin', content);
  await put(fixture.fileSystem, 'f', '0123456789');
  await put(fixture.fileSystem, 'f 1 2', 'a name with numbers');
  const client = await fixture.login();
  await client.command('MKD dir', 257);
  for (const [verb, algorithm] of [
    ['XCRC', 'CRC32'],
    ['XMD5', 'MD5'],
    ['XSHA', 'SHA-1'],
    ['XSHA1', 'SHA-1'],
    ['XSHA256', 'SHA-256'],
    ['XSHA512', 'SHA-512'],
  ] as const) {
    const expected = (bytes: Uint8Array): string =>
      `213 ${verb === 'XCRC' ? digest(algorithm, bytes).toUpperCase() : digest(algorithm, bytes)}\r\n`;
    assert.equal((await client.command(`${verb} a b.bin`, 213)).text, expected(content));
    assert.equal(
      (await client.command(`${verb} "a b.bin" 100 600000`, 213)).text,
      expected(content.subarray(100, 600_000)),
    );
    assert.equal((await client.command(`${verb} f 3 7`, 213)).text, expected(Buffer.from('3456')));
    assert.equal((await client.command(`${verb} "f" 0 10`, 213)).text, expected(Buffer.from('0123456789')));
    assert.equal(
      (await client.command(`${verb} f 1 2`, 213)).text,
      expected(Buffer.from('a name with numbers')),
    );
    for (const bad of ['"f" 7 3', '"f" 0 11', '"f" 5', '"f" x y', '"f', '"f"3 7']) {
      await client.command(`${verb} ${bad}`, 501);
    }
    await client.command(`${verb} missing`, 550);
    await client.command(`${verb} missing 0 1`, 550);
    await client.command(`${verb} dir`, 550);
  }
});

test('J09 MD5 and MMD5 tell digests beside the names', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'a', 'first');
  await put(fixture.fileSystem, 'b c', 'second');
  const client = await fixture.login();
  await client.command('MKD dir', 257);
  const first = digest('MD5', Buffer.from('first')).toUpperCase();
  const second = digest('MD5', Buffer.from('second')).toUpperCase();
  assert.equal((await client.command('MD5 b c', 251)).text, `251 b c ${second}\r\n`);
  assert.equal((await client.command('MMD5 a, b c', 252)).text, `252 a ${first}, b c ${second}\r\n`);
  await client.command('MD5 dir', 504);
  await client.command('MMD5 a, dir', 504);
  await client.command('MMD5 a, missing', 550);
});

/** Storage that computes digests by itself, as slowly as the test wants. */
class SlowDigests extends MemoryFileSystem {
  override readonly capabilities = {
    ...new MemoryFileSystem().capabilities,
    checksums: ['SHA-256'] as const,
  };
  readonly asked: Promise<ChecksumOptions>;
  #tell: (options: ChecksumOptions) => void = () => undefined;
  #settle: (digest: Uint8Array | WherryError) => void = () => undefined;

  constructor() {
    super();
    this.asked = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  async checksum(
    _path: VirtualPath,
    _algorithm: HashAlgorithm,
    options: ChecksumOptions = {},
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#settle = (outcome) => {
        if (outcome instanceof WherryError) reject(outcome);
        else resolve(outcome);
      };
      options.signal?.addEventListener('abort', () => reject(new WherryError('aborted', 'It was stopped')));
      this.#tell(options);
    });
  }

  settle(outcome: Uint8Array | WherryError): void {
    this.#settle(outcome);
  }
}

test('a digest that takes long says so meanwhile, in one reply', async (context) => {
  const fileSystem = new SlowDigests();
  await put(fileSystem, 'f', 'abc');
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  context.mock.timers.enable({ apis: ['setInterval'] });
  client.send('HASH f\r\n');
  await fileSystem.asked;
  context.mock.timers.tick(16_000);
  fileSystem.settle(Uint8Array.of(0xab, 0xcd));
  const { lines } = await client.expect(213);
  assert.deepEqual(lines, ['213-Still computing', '213-Still computing', '213 SHA-256 0-2 abcd f']);
  await client.command('NOOP', 200);
});

test('a digest that fails behind such a line ends the connection instead of telling a success', async (context) => {
  const fileSystem = new SlowDigests();
  await put(fileSystem, 'f', 'abc');
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  context.mock.timers.enable({ apis: ['setInterval'] });
  client.send('HASH f\r\n');
  await fileSystem.asked;
  context.mock.timers.tick(8_000);
  fileSystem.settle(new WherryError('io', 'The disk is gone'));
  const text = await client.end();
  assert.match(text, /^213-Still computing\r\n421 [^\r\n]*\r\n$/);
});

test('a digest is given up when the client goes', async () => {
  const fileSystem = new SlowDigests();
  await put(fileSystem, 'f', 'abc');
  await using fixture = await startServer({ fileSystem });
  const client = await fixture.login();
  client.send('HASH f\r\n');
  const { signal } = await fileSystem.asked;
  assert.ok(signal !== undefined);
  const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
  client.socket.resetAndDestroy();
  await stopped;
});

test('a digest is given up when the client ends its side, and kept on where QUIT waits behind it', async () => {
  const fileSystem = new SlowDigests();
  await put(fileSystem, 'f', 'abc');
  await using fixture = await startServer({ fileSystem });
  const impatient = await fixture.login();
  impatient.send('HASH f\r\n');
  const { signal } = await fileSystem.asked;
  assert.ok(signal !== undefined);
  impatient.socket.end();
  assert.match(await impatient.end(), /^4\d\d [^\r\n]*\r\n$/);
  assert.ok(signal.aborted);

  const patientTree = new SlowDigests();
  await put(patientTree, 'f', 'abc');
  await using other = await startServer({ fileSystem: patientTree });
  const patient = await other.login();
  patient.send('HASH f\r\n');
  await patientTree.asked;
  patient.socket.end('PWD\r\nQUIT\r\n');
  // The answer to a command behind the digest would come first if it were not waited for.
  setImmediate(() => patientTree.settle(Uint8Array.of(0xab)));
  await patient.expect(213);
  await patient.expect(257);
  await patient.expect(221);
  assert.equal(await patient.end(), '');
});

test('digests need a login and the right to them', async () => {
  await using fixture = await startServer();
  await put(fixture.fileSystem, 'f', 'abc');
  const stranger = await fixture.connect();
  for (const command of ['HASH f', 'XCRC f', 'MD5 f', 'MMD5 f']) await stranger.command(command, 530);
  const reader = await fixture.login('bob', 'builder');
  await reader.command('HASH f', 213);
});
