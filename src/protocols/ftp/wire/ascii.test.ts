import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AsciiDecoder, AsciiEncoder, type AsciiRule } from './ascii.ts';

interface Converter {
  transform(chunk: Uint8Array): Uint8Array;
  flush(): Uint8Array;
}

function convert(converter: Converter, chunks: readonly Uint8Array[]): string {
  const parts = chunks.map((chunk) => converter.transform(chunk));
  return Buffer.concat([...parts, converter.flush()]).toString('latin1');
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function encodePlainly(text: string, rule: AsciiRule): string {
  return text.replaceAll(rule === 'every-lf' ? /\n/g : /(?<!\r)\n/g, '\r\n');
}

const text = fc.oneof(
  fc.array(fc.constantFrom('\r', '\n', 'a', '\xff', '\0'), { maxLength: 40 }).map((parts) => parts.join('')),
  fc
    .array(fc.constantFrom('\r\n', '\n', '\r', 'x'.repeat(600)), { maxLength: 6 })
    .map((parts) => parts.join('')),
);

test('every split of every text is converted alike, and measured as converted', () => {
  fc.assert(
    fc.property(text, fc.constantFrom<AsciiRule>('keep-crlf', 'every-lf'), (source, rule) => {
      const whole = bytes(source);
      for (let cut = 0; cut <= whole.length; cut += 1) {
        const chunks = [whole.subarray(0, cut), whole.subarray(cut)];
        const encoded = encodePlainly(source, rule);
        assert.equal(convert(new AsciiEncoder(rule), chunks), encoded);
        const encoder = new AsciiEncoder(rule);
        assert.equal(
          chunks.reduce((sum, chunk) => sum + encoder.measure(chunk), 0),
          encoded.length,
        );
        assert.equal(convert(new AsciiDecoder(), chunks), source.replaceAll('\r\n', '\n'));
      }
      const single = Array.from(whole, (octet) => Uint8Array.of(octet));
      assert.equal(convert(new AsciiEncoder(rule), single), encodePlainly(source, rule));
      assert.equal(convert(new AsciiDecoder(), single), source.replaceAll('\r\n', '\n'));
    }),
    { seed: 959, numRuns: 150 },
  );
});

test('the rule that converts every LF can be undone exactly', () => {
  fc.assert(
    fc.property(text, (source) => {
      const encoded = convert(new AsciiEncoder('every-lf'), [bytes(source)]);
      assert.equal(convert(new AsciiDecoder(), [bytes(encoded)]), source);
    }),
    { seed: 959, numRuns: 150 },
  );
});

test('lone CR and LF stay, a CR at the very end too', () => {
  assert.equal(convert(new AsciiDecoder(), [bytes('a\rb\nc\r\nd\r\r\ne\r')]), 'a\rb\nc\nd\r\ne\r');
  assert.equal(convert(new AsciiEncoder(), [bytes('a\rb\nc\r\n')]), 'a\rb\r\nc\r\n');
});

test('a chunk in which nothing changes is not copied', () => {
  const clean = bytes('no line ends at all');
  assert.equal(new AsciiEncoder().transform(clean), clean);
  assert.equal(new AsciiDecoder().transform(clean), clean);
  const crlf = bytes('a\r\nb\r\n');
  assert.equal(new AsciiEncoder().transform(crlf), crlf);
  const unix = bytes('a\nb\n');
  assert.equal(new AsciiDecoder().transform(unix), unix);
});
