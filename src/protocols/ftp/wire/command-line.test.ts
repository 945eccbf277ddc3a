import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeName } from '#core/name-encoding.ts';
import { foreignProtocol, parseCommandLine, trimmedArgument } from './command-line.ts';

function parse(text: string): { verb: string; argument: string | null } {
  const { verb, argument } = parseCommandLine(Buffer.from(text, 'latin1'));
  return { verb, argument };
}

test('verb and argument are parted at exactly one space', () => {
  assert.deepEqual(parse('NOOP'), { verb: 'NOOP', argument: null });
  assert.deepEqual(parse('UsEr x'), { verb: 'USER', argument: 'x' });
  assert.deepEqual(parse('CWD  two  spaces '), { verb: 'CWD', argument: ' two  spaces ' });
  assert.deepEqual(parse('PASS '), { verb: 'PASS', argument: '' });
  assert.deepEqual(parse(' NOOP'), { verb: '', argument: 'NOOP' });
  assert.deepEqual(parse(''), { verb: '', argument: null });
  assert.deepEqual(parse('CWD\tx'), { verb: 'CWD\tx', argument: null });
});

test('a verb with octets beyond ASCII is not changed into another', () => {
  assert.equal(parseCommandLine(Buffer.from('ſtor x')).verb, 'ſtor');
  assert.equal(parseCommandLine(Buffer.from('liﬆ x')).verb, 'liﬆ');
});

test('an argument keeps every octet', () => {
  const octets = Buffer.from([0x53, 0x49, 0x5a, 0x45, 0x20, 0xff, 0x80, 0xc3, 0xa4, 0x41]);
  const { argument } = parseCommandLine(octets);
  assert.deepEqual(encodeName(argument ?? ''), octets.subarray(5));
});

test('NUL and line breaks are flagged wherever they are', () => {
  assert.equal(parseCommandLine(Buffer.from('CWD a\0b')).hasNul, true);
  assert.equal(parseCommandLine(Buffer.from('CW\0D a')).hasNul, true);
  assert.equal(parseCommandLine(Buffer.from('CWD a\rb')).hasLineBreak, true);
  const plain = parseCommandLine(Buffer.from('CWD ab'));
  assert.equal(plain.hasNul || plain.hasLineBreak, false);
});

test('keyword arguments are trimmed, blank ones are none', () => {
  assert.equal(trimmedArgument(' \tI  '), 'I');
  assert.equal(trimmedArgument('   '), null);
  assert.equal(trimmedArgument(null), null);
  assert.equal(trimmedArgument('A N'), 'A N');
});

const foreign = {
  'GET / HTTP/1.1': 'http',
  'get /index.html': 'http',
  'CONNECT example.org:443 HTTP/1.1': 'http',
  'PRI * HTTP/2.0': 'http',
  'Host: example.org': 'http',
  'Content-Length: 12': 'http',
  'EHLO there': 'smtp',
  HELO: 'smtp',
  'MAIL FROM:<a@b>': 'smtp',
  'SSH-2.0-OpenSSH_9.2': 'ssh',
  'REGISTER sip:example.org;transport=tcp SIP/2.0': 'sip',
  '\x16\x03\x01\x02\x00': 'tls',
} as const;

test('lines of other protocols are told apart', () => {
  for (const [line, protocol] of Object.entries(foreign)) {
    assert.equal(foreignProtocol(Buffer.from(line, 'latin1')), protocol, line);
  }
});

test('lines of FTP are not taken for others', () => {
  for (const line of [
    'USER x',
    'OPTS UTF8 ON',
    'HELP',
    'HOST example.org',
    'MAIL bob',
    'GET',
    'RETR HTTP/1',
  ]) {
    assert.equal(foreignProtocol(Buffer.from(line)), null, line);
  }
});
