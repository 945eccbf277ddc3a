import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatAddress, isRemoteAddress, parseAddress, parseSiteAddress, schemes } from '#client/address.ts';
import { isSafeName } from '#client/copy/safe-name.ts';
import { parseState } from '#client/copy/segment-state.ts';
import { proxyDialer } from '#client/dial/proxy.ts';
import { WherryError } from '#core/errors.ts';

const parts = (text: string): unknown[] => {
  const { scheme, host, port, user, password, path, isAbsolute } = parseAddress(text);
  return [scheme, user, password?.reveal() ?? null, host, port, path, isAbsolute];
};

test('addresses are read as they are meant', () => {
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ['ftp://h', ['ftp', null, null, 'h', 21, '', false]],
    ['FTP://H.Example:2121/', ['ftp', null, null, 'h.example', 2121, '', false]],
    ['ftps://u@h/a/b', ['ftps', 'u', null, 'h', 990, 'a/b', false]],
    ['ftpes://u:p@h//a', ['ftpes', 'u', 'p', 'h', 21, 'a', true]],
    ['sftp://u:p%40%3a@h/%2Fetc/x', ['sftp', 'u', 'p@:', 'h', 22, 'etc/x', true]],
    ['sftp://u:p@ss@h/', ['sftp', 'u', 'p@ss', 'h', 22, '', false]],
    ['ftp://a%20b@[2001:db8::1]:21/x', ['ftp', 'a b', null, '2001:db8::1', 21, 'x', false]],
    ['sftp://[fe80::1%25eth0]/', ['sftp', null, null, 'fe80::1%eth0', 22, '', false]],
    ['ftp://h/a;type=i', ['ftp', null, null, 'h', 21, 'a', false]],
    ['ftp://h/what?.txt', ['ftp', null, null, 'h', 21, 'what?.txt', false]],
    ['ftp://h/#1 [x]*', ['ftp', null, null, 'h', 21, '#1 [x]*', false]],
    ['sftp://h/%ff', ['sftp', null, null, 'h', 22, '\udcff', false]],
    ['sftp://h/100%', ['sftp', null, null, 'h', 22, '100%', false]],
    ['ftp+ssh://u@h:2022/x', ['ftp+ssh', 'u', null, 'h', 2022, 'x', false]],
    ['tftp://h/firmware.bin', ['tftp', null, null, 'h', 69, 'firmware.bin', false]],
    ['scp://h/../x', ['scp', null, null, 'h', 22, '../x', false]],
    ['ftp://müller.example/', ['ftp', null, null, 'xn--mller-kva.example', 21, '', false]],
    ['file:///a%20b', ['file', null, null, null, null, 'a b', true]],
    ['./a/b', ['file', null, null, null, null, './a/b', false]],
    ['/a/b', ['file', null, null, null, null, 'a/b', true]],
    ['a:b', ['file', null, null, null, null, 'a:b', false]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parts(text), expected, text);
});

test('what is no address is refused with a reason', () => {
  for (const text of [
    '',
    'ftp://',
    'ftp:///x',
    'gopher://h/',
    'ftp://h:0/',
    'ftp://h:65536/',
    'ftp://h:x/',
    'ftp://::1/',
    'ftp://[nonsense]/',
    'ftp://h/a%00b',
    'ftp://h/a\0b',
    'ftp://h h/',
    'file://elsewhere/x',
    `ftp://h/${'x'.repeat(20_000)}`,
  ]) {
    assert.throws(() => parseAddress(text), { code: 'invalid-argument' }, JSON.stringify(text).slice(0, 40));
  }
});

test('an address shown to people has no password, and reads back as it was', () => {
  assert.equal(formatAddress(parseAddress('sftp://u:secret@h:2022//a')), 'sftp://u@h:2022//a');
  assert.ok(!JSON.stringify(parseAddress('sftp://u:secret@h/')).includes('secret'));
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(schemes).filter((scheme) => scheme !== 'file')),
      fc.domain(),
      fc.option(fc.stringMatching(/^[^\0]+$/), { nil: null }),
      fc.stringMatching(/^[^/\0;][^\0;]*$/),
      (scheme, host, user, path) => {
        const login = user === null ? '' : `${encodeURIComponent(user.toWellFormed())}@`;
        const address = parseAddress(
          `${scheme}://${login}${host}/${encodeURIComponent(path.toWellFormed())}`,
        );
        const again = parseAddress(formatAddress(address));
        assert.deepEqual(again, address);
      },
    ),
    { seed: 6, numRuns: 300 },
  );
});

test('whatever is read, nothing is thrown but what is meant', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webUrl()), (text) => {
      try {
        parseAddress(text);
        isRemoteAddress(text);
        parseSiteAddress(text);
      } catch (error) {
        assert.ok(error instanceof WherryError && error.code === 'invalid-argument');
      }
    }),
    { seed: 6, numRuns: 500 },
  );
});

test('saved sites are told from paths', () => {
  assert.deepEqual(parseSiteAddress('@work/in/a'), { site: 'work', path: 'in/a', isAbsolute: false });
  assert.deepEqual(parseSiteAddress('@work//etc'), { site: 'work', path: 'etc', isAbsolute: true });
  assert.deepEqual(parseSiteAddress('@work'), { site: 'work', path: '', isAbsolute: false });
  for (const text of ['./@x', '@', '@/x', 'a@b']) assert.equal(parseSiteAddress(text), null);
  assert.deepEqual(['@a', 'ftp://h', 'file:///x', '/x', 'C:/x'].map(isRemoteAddress), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('names of devices and streams are safe on no Windows', () => {
  for (const name of ['', '.', '..', 'a/b', 'a\0b', '/']) {
    assert.equal(isSafeName(name, 'linux'), false, name);
    assert.equal(isSafeName(name, 'win32'), false, name);
  }
  for (const name of ['con', 'NUL.txt', 'COM1', 'lpt9.x', 'a\\b', '..\\x', 'a:b', 'x.', 'x ', 'a\nb', 'a*']) {
    assert.equal(isSafeName(name, 'win32'), false, name);
    assert.equal(isSafeName(name, 'linux'), true, name);
  }
  for (const name of ['a', '.hidden', '...', 'console', 'common.txt', '~']) {
    assert.equal(isSafeName(name, 'win32'), name !== '...', name);
    assert.equal(isSafeName(name, 'linux'), true, name);
  }
});

test('a state file of segments is believed only when it makes sense', () => {
  const good = {
    version: 1,
    size: 10,
    modifiedAt: 5,
    segments: [
      { start: 0, end: 4, position: 2 },
      { start: 4, end: 10, position: 4 },
    ],
  };
  assert.deepEqual(parseState(JSON.stringify(good)), good);
  for (const bad of [
    { ...good, version: 2 },
    { ...good, size: 11 },
    { ...good, size: -1 },
    { ...good, modifiedAt: 'x' },
    { ...good, segments: [] },
    { ...good, segments: [{ start: 0, end: 10, position: 11 }] },
    {
      ...good,
      segments: [
        { start: 0, end: 4, position: 0 },
        { start: 5, end: 10, position: 5 },
      ],
    },
    { ...good, segments: Array.from({ length: 2000 }, () => ({ start: 0, end: 0, position: 0 })) },
    null,
    [],
    'x',
  ]) {
    assert.equal(parseState(JSON.stringify(bad)), null);
  }
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      parseState(text);
    }),
    { seed: 6, numRuns: 200 },
  );
});

test('the address of a proxy is read, or refused', () => {
  for (const good of ['socks5://p', 'socks5h://u:p@p:1080', 'http://[::1]:3128', new URL('http://p')]) {
    assert.ok(typeof proxyDialer(good).dial === 'function');
  }
  for (const bad of ['', 'p:1080', 'ftp://p', 'socks5://']) {
    assert.throws(() => proxyDialer(bad), { code: 'invalid-argument' }, bad);
  }
});
