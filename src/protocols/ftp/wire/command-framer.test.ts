import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CommandFramer } from './command-framer.ts';
import { maximumTelnetAnswers } from './limits.ts';

/** Every event of a stream given in these chunks, written so that it can be compared. */
function events(chunks: readonly (Uint8Array | string)[], maximumLine?: number): string[] {
  const framer = new CommandFramer(maximumLine);
  const seen: string[] = [];
  for (const chunk of chunks) {
    framer.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
    for (let event = framer.next(); event !== null; event = framer.next()) {
      seen.push(
        event.kind === 'too-long'
          ? event.kind
          : `${event.kind}:${Buffer.from(event.bytes).toString('latin1')}`,
      );
    }
  }
  return seen;
}

test('a command comes byte by byte, and several come in one segment', () => {
  assert.deepEqual(events('NOOP\r\n'.split('')), ['line:NOOP']);
  assert.deepEqual(events(['A\r\nB x\r\n\r\nC\r\nD']), ['line:A', 'line:B x', 'line:', 'line:C']);
});

test('a bare LF ends a line, a bare CR and a CR NUL are data', () => {
  assert.deepEqual(events(['USER x\nNOOP\r\n']), ['line:USER x', 'line:NOOP']);
  assert.deepEqual(events(['CWD a\rb\r\n']), ['line:CWD a\rb']);
  assert.deepEqual(events(['CWD a\r\0b\r\n']), ['line:CWD a\rb']);
  assert.deepEqual(events(['CWD a\r\0\n']), ['line:CWD a\r']);
  assert.deepEqual(events(['CWD a\0b\r\n']), ['line:CWD a\0b']);
});

test('telnet negotiation is refused and leaves no trace in the command', () => {
  assert.deepEqual(events(['\xff\xfd\x01NOOP\r\n']), ['telnet-answer:\xff\xfc\x01', 'line:NOOP']);
  assert.deepEqual(events(['NO\xff\xfb\nOP\r\n']), ['telnet-answer:\xff\xfe\n', 'line:NOOP']);
  assert.deepEqual(events(['\xff\xfc\x01\xff\xfe\x01NOOP\r\n']), ['line:NOOP']);
  assert.deepEqual(events(['N\xff\xfa\x18\n\x01\xff\xff\xff\xf0OOP\r\n']), ['line:NOOP']);
});

test('an answer to a negotiation does not wait for a line end', () => {
  assert.deepEqual(events(['\xff\xfd\x03']), ['telnet-answer:\xff\xfc\x03']);
});

test('answers to negotiation are bounded per connection', () => {
  const flood = '\xff\xfd\x01'.repeat(maximumTelnetAnswers * 10);
  assert.equal(events([flood, 'NOOP\r\n']).length, maximumTelnetAnswers + 1);
});

test('ABOR is found behind every form of the urgent sequence', () => {
  for (const urgent of ['\xff\xf4\xff\xf2', '\xff\xf4\xff', '\xff\xf4\xf2', '\xf2', '\xff\xf2']) {
    assert.deepEqual(events([`${urgent}ABOR\r\n`]), ['line:ABOR'], urgent);
  }
});

test('a doubled IAC is one octet, and lead octets of UTF-8 survive in an argument', () => {
  assert.deepEqual(events(['MKD a\xff\xffb\r\n']), ['line:MKD a\xffb']);
  assert.deepEqual(events(['MKD \xf0\x9f\x98\x80\r\n']), ['line:MKD \xf0\x9f\x98\x80']);
  assert.deepEqual(events(['MKD \xff\xff\xf0\x9f\x98\x80\r\n']), ['line:MKD \xff\xf0\x9f\x98\x80']);
});

test('an overlong line is said once and dropped up to its end', () => {
  const long = 'x'.repeat(100);
  assert.deepEqual(events([`${long}\r\nNOOP\r\n`], 50), ['too-long', 'line:NOOP']);
  assert.deepEqual(events(`${long}${long}\r\nNOOP\r\n`.split(''), 50), ['too-long', 'line:NOOP']);
  assert.deepEqual(events([`\xff\xf1${long}\r\nNOOP\r\n`], 50), ['too-long', 'line:NOOP']);
  assert.deepEqual(events([`${'x'.repeat(48)}\r\n`], 50), [`line:${'x'.repeat(48)}`]);
  assert.deepEqual(events([`${'x'.repeat(49)}\r\n`], 50), ['too-long']);
});

test('an endless line and an endless subnegotiation keep nothing in memory', () => {
  for (const start of ['', '\xff\xfa']) {
    const framer = new CommandFramer();
    framer.push(Buffer.from(start, 'latin1'));
    framer.next();
    let said = 0;
    for (let index = 0; index < 64; index += 1) {
      framer.push(Buffer.alloc(65_536, 0x41));
      while (framer.next() !== null) said += 1;
      assert.ok(framer.bufferedBytes <= 65_536);
    }
    assert.equal(said, 1);
    assert.equal(framer.bufferedBytes, 0);
  }
});

test('keep-alives of a telnet client never add up to an overlong line', () => {
  assert.deepEqual(events(['\xff\xf1'.repeat(1000), 'NOOP\r\n'], 50), ['line:NOOP']);
});

test('what follows a line stays countable and can be discarded', () => {
  const framer = new CommandFramer();
  framer.push(Buffer.from('AUTH TLS\r\nUSER x\r\nPA'));
  assert.equal(framer.next()?.kind, 'line');
  assert.equal(framer.bufferedBytes, 10);
  assert.equal(Buffer.from(framer.peek()).toString(), 'USER x\r\nPA');
  assert.equal(framer.discard(), 10);
  assert.equal(framer.bufferedBytes, 0);
  framer.push(Buffer.from('NOOP\r\n'));
  const event = framer.next();
  assert.equal(event?.kind === 'line' && Buffer.from(event.bytes).toString(), 'NOOP');
});

test('a telnet sequence that is only half there counts as buffered', () => {
  const framer = new CommandFramer();
  framer.push(Buffer.from('\xff\xfd', 'latin1'));
  assert.equal(framer.next(), null);
  assert.equal(framer.bufferedBytes, 1);
});

test('a flood of short lines costs one pass over the octets', () => {
  const framer = new CommandFramer();
  framer.push(Buffer.from('h\r\n'.repeat(1_000_000)));
  let lines = 0;
  while (framer.next() !== null) lines += 1;
  assert.equal(lines, 1_000_000);
});

const octet = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0x41, 0x20, 0x42) },
  { weight: 4, arbitrary: fc.constantFrom(0, 0x0a, 0x0d, 0xf0, 0xf2, 0xf4, 0xfa, 0xfb, 0xfd, 0xfe, 0xff, 1) },
  { weight: 1, arbitrary: fc.nat(255) },
);

test('any split of any stream gives the same events', () => {
  fc.assert(
    fc.property(
      fc.array(octet, { maxLength: 200 }),
      fc.array(fc.nat(200), { maxLength: 20 }),
      (octets, cuts) => {
        const stream = Uint8Array.from(octets);
        const sorted = [...cuts, 0, stream.length]
          .filter((cut) => cut <= stream.length)
          .toSorted((a, b) => a - b);
        const chunks = sorted.slice(1).map((cut, index) => stream.slice(sorted[index], cut));
        const expected = events([stream], 24);
        assert.deepEqual(events(chunks, 24), expected);
        const single = [...stream].map((value) => Uint8Array.of(value));
        assert.deepEqual(events(single, 24), expected);
      },
    ),
    { seed: 959, numRuns: 3000 },
  );
});

test('a stream without telnet octets is cut exactly as at its line feeds', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[\x20-\x7e\x80-\xef]*$/), { maxLength: 20 }), (lines) => {
      const stream = Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
      assert.deepEqual(
        events([stream]),
        lines.map((line) => `line:${line}`),
      );
    }),
    { seed: 959, numRuns: 500 },
  );
});
