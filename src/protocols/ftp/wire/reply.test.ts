import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WherryError } from '#core/errors.ts';
import { decodeName } from '#core/name-encoding.ts';
import { ReplyFramer } from './reply-framer.ts';
import { encodeReply, listReply, parseQuotedPath, quotePath, reply, type Reply } from './reply.ts';

function replies(octets: Uint8Array, step = octets.length): Reply[] {
  const framer = new ReplyFramer();
  const seen: Reply[] = [];
  for (let position = 0; position < octets.length; position += step) {
    framer.push(octets.subarray(position, position + step));
    for (let next = framer.next(); next !== null; next = framer.next()) seen.push(next);
  }
  assert.equal(framer.bufferedBytes, 0);
  return seen;
}

test('one line, several lines, and a list', () => {
  assert.equal(encodeReply(reply(200, 'Done.')), '200 Done.\r\n');
  assert.equal(encodeReply(reply(220, 'Hello', 'there', 'Ready.')), '220-Hello\r\nthere\r\n220 Ready.\r\n');
  assert.equal(
    encodeReply(listReply(211, 'Features:', ['UTF8', 'SIZE'], 'End')),
    '211-Features:\r\n UTF8\r\n SIZE\r\n211 End\r\n',
  );
});

test('an inner line that looks like a code is padded', () => {
  assert.equal(
    encodeReply(reply(220, 'a', '220 b', '2021 c', 'End')),
    '220-a\r\n 220 b\r\n 2021 c\r\n220 End\r\n',
  );
});

test('names go out as their bytes, 0xFF doubled, and cannot forge a line', () => {
  assert.equal(encodeReply(reply(250, 'ä is done')), '250 \xc3\xa4 is done\r\n');
  assert.equal(encodeReply(reply(250, decodeName(Uint8Array.of(0xff, 0x80)))), '250 \xff\xff\x80\r\n');
  assert.equal(
    encodeReply(reply(550, 'x\r\n226 ok\0\u001b[2J\u007f')),
    '550 x\\x0d\\x0a226 ok\\x00\\x1b[2J\\x7f\r\n',
  );
});

test('paths are quoted and come back', () => {
  assert.equal(quotePath('/a"b'), '"/a""b"');
  assert.equal(parseQuotedPath('"/a""b" is current directory'), '/a"b');
  assert.equal(parseQuotedPath('/plain is current'), '/plain');
  assert.equal(parseQuotedPath('"/unclosed'), '/unclosed');
  fc.assert(
    fc.property(fc.string(), (path) => assert.equal(parseQuotedPath(`${quotePath(path)} created`), path)),
    { seed: 959 },
  );
});

test('what is encoded is read again, however it is cut', () => {
  const line = fc
    .uint8Array({ maxLength: 20 })
    .map((octets) => decodeName(octets.filter((octet) => octet >= 0x20 && octet !== 0x7f)));
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 659 }),
      fc.array(line, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      (code, lines, step) => {
        const sent = { code, lines };
        const octets = Buffer.from(encodeReply(sent), 'latin1');
        const last = lines.length - 1;
        const padded = lines.map((text, index) =>
          index > 0 && index < last && /^\d{3}/.test(text) ? ` ${text}` : text,
        );
        assert.deepEqual(replies(octets, step), [{ code, lines: padded }]);
      },
    ),
    { seed: 959, numRuns: 1000 },
  );
});

test('a reply of several lines ends only with its own code', () => {
  assert.deepEqual(replies(Buffer.from('220-Hi\r\n226 not yet\r\n220-more\n220x\r\r\n220\r\n200 OK\n')), [
    { code: 220, lines: ['Hi', '226 not yet', 'more', '220x', ''] },
    { code: 200, lines: ['OK'] },
  ]);
});

test('telnet in replies is undone, a lone 0xFF of a name stays', () => {
  const octets = Buffer.from('257 "\xff\xfda\xff\xffb\xff\xf1"\r\n250 \xffx\r\n', 'latin1');
  const names = replies(octets).map((one) => one.lines[0]);
  assert.deepEqual(names, [
    decodeName(Buffer.from('"\xffb"', 'latin1')),
    decodeName(Buffer.from('\xffx', 'latin1')),
  ]);
});

test('lines that are no reply, and replies without bound, are refused', () => {
  const refusal = (code: string) => (thrown: unknown) =>
    thrown instanceof WherryError && thrown.code === code;
  const junk = new ReplyFramer();
  junk.push(Buffer.from('hello\r\n'));
  assert.throws(() => junk.next(), refusal('protocol'));
  const longLine = new ReplyFramer({ maximumLine: 100 });
  longLine.push(Buffer.alloc(101, 0x41));
  assert.throws(() => longLine.next(), refusal('too-large'));
  const long = new ReplyFramer({ maximumReply: 100 });
  long.push(Buffer.from(`211-a\r\n${' b\r\n'.repeat(100)}`));
  assert.throws(() => long.next(), refusal('too-large'));
});

test('octets behind a reply are seen and can be discarded', () => {
  const framer = new ReplyFramer();
  framer.push(Buffer.from('234 Go\r\n230 Injected\r\n'));
  assert.equal(framer.next()?.code, 234);
  assert.equal(framer.discard(), 14);
  assert.equal(framer.next(), null);
});
