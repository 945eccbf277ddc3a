import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as holds, property, string } from 'fast-check';
import { formatLine, parseLine } from './line.ts';

const wordsOf = (text: string): readonly (readonly string[])[] => parseLine(text).map(({ words }) => words);

test('words end at blanks, commands at semicolons and ampersands', () => {
  assert.deepEqual(wordsOf('  cd  in ; get a b'), [
    ['cd', 'in'],
    ['get', 'a', 'b'],
  ]);
  assert.deepEqual(
    parseLine('get a & ls').map(({ inBackground }) => inBackground),
    [true, false],
  );
  assert.deepEqual(
    parseLine('cd in && ls').map(({ words, inBackground }) => [words.join(' '), inBackground]),
    [
      ['cd in', false],
      ['ls', false],
    ],
  );
  assert.deepEqual(wordsOf('; ;;'), []);
});

test('quotes and backslashes keep blanks and separators in a word', () => {
  assert.deepEqual(wordsOf(`get "a b" 'c;d' e\\ f ""`), [['get', 'a b', 'c;d', 'e f', '']]);
  assert.deepEqual(wordsOf(`get "say \\"no\\""`), [['get', 'say "no"']]);
  const [line] = parseLine('mget *.a "*.b" \\*.c');
  assert.deepEqual([...(line?.quoted ?? [])], [2, 3]);
  assert.throws(() => parseLine('get "a'), /has no end/u);
});

test('a remark ends the line, but only where a word could begin', () => {
  assert.deepEqual(wordsOf('get a#b # why'), [['get', 'a#b']]);
});

test('results go into a file, or into a command that has the rest of the line', () => {
  const outputs = (text: string): readonly unknown[] =>
    parseLine(text).map(({ words, output }) => [words.join(' '), output]);
  assert.deepEqual(outputs('ls > "a list"; find >>all x; cat "a>b" c\\|d'), [
    ['ls', { kind: 'file', path: 'a list', append: false }],
    ['find x', { kind: 'file', path: 'all', append: true }],
    ['cat a>b c|d', null],
  ]);
  assert.deepEqual(outputs("cd in; ls -a | grep -v '^;' > kept &"), [
    ['cd in', null],
    ['ls -a', { kind: 'program', command: "grep -v '^;' > kept &" }],
  ]);
  assert.throws(() => parseLine('ls > ; pwd'), /behind > comes the name of a file/u);
});

test('a line for the shell of the system is left as it is', () => {
  assert.deepEqual(wordsOf('!ls | grep "a;b" & wait'), [['!', 'ls | grep "a;b" & wait']]);
});

test('what is quoted comes out as it went in', () => {
  holds(
    property(array(string(), { minLength: 1 }), (words) => {
      const [line] = parseLine(` ${formatLine(words)}`);
      assert.deepEqual(line?.words, words);
    }),
    { seed: 11, numRuns: 300 },
  );
});
