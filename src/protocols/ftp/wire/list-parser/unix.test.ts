import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeName } from '#core/name-encoding.ts';
import { describeEntry, describeOwner } from '#test/ftp-client/describe-entry.ts';
import { parseListing } from './listing-parser.ts';

const now = Date.UTC(2024, 5, 15, 12);

/** Reads lines as one listing and checks what each became. */
function check(rows: readonly (readonly [line: string, expected: string, owner?: string])[]): void {
  const { entries, dialect, unknownLines } = parseListing(
    rows.map(([line]) => line),
    { now },
  );
  assert.deepEqual(unknownLines, []);
  assert.equal(dialect, 'unix');
  assert.deepEqual(
    entries.map((entry) => describeEntry(entry)),
    rows.map(([, expected]) => expected),
  );
  for (const [index, [line, , owner]] of rows.entries()) {
    const entry = entries[index];
    if (owner !== undefined && entry !== undefined) assert.equal(describeOwner(entry), owner, line);
  }
}

/** Checks lines each of which is a listing by itself. */
function checkEach(rows: readonly (readonly [line: string, expected: string, owner?: string])[]): void {
  for (const row of rows) check([row]);
}

test('the columns of ls -l', () => {
  check([
    [
      '-rw-r--r--   1 root     other        531 Jan 29 03:26 readme',
      'f 531 2024-01-29T03:26 readme',
      '644 1 root other',
    ],
    ['dr-xr-xr-x   2 root     other        512 Apr  8  1994 etc', 'd 512 1994-04-08 etc', '555 2 root other'],
    [
      'drwxr-xr-x  12 user     users       4096 Jun 14 23:59 pub',
      'd 4096 2024-06-14T23:59 pub',
      '755 12 user users',
    ],
    [
      '-rw-------   1 u g 123456789012345 Dec 31 00:00 big',
      'f 123456789012345 2023-12-31T00:00 big',
      '600 1 u g',
    ],
    ['-rw-r--r-- 1 1000 100 0 Feb 29 2000 empty', 'f 0 2000-02-29 empty', '644 1 1000 100'],
    ['-rw-r--r-- 1 u g 7 Feb 29 12:00 leap', 'f 7 2024-02-29T12:00 leap'],
    ['-rw-r--r-- 1 u g 7 Jun 15 2024 now', 'f 7 2024-06-15 now'],
  ]);
});

test('a date without a year is the latest that has passed, with a day of grace', () => {
  check([
    ['-rw-r--r-- 1 u g 1 Jun 15 12:00 a', 'f 1 2024-06-15T12:00 a'],
    ['-rw-r--r-- 1 u g 1 Jun 16 11:59 b', 'f 1 2024-06-16T11:59 b'],
    ['-rw-r--r-- 1 u g 1 Jun 16 12:01 c', 'f 1 2023-06-16T12:01 c'],
    ['-rw-r--r-- 1 u g 1 Dec 31 23:59 d', 'f 1 2023-12-31T23:59 d'],
  ]);
  const newYear = parseListing(['-rw-r--r-- 1 u g 1 Jan 1 00:10 ahead'], {
    now: Date.UTC(2023, 11, 31, 23, 50),
  });
  assert.equal(newYear.entries.map((entry) => describeEntry(entry)).join(''), 'f 1 2024-01-01T00:10 ahead');
  const leap = parseListing(['-rw-r--r-- 1 u g 1 Feb 29 00:10 x'], { now: Date.UTC(2023, 5, 1) });
  assert.equal(leap.entries.map((entry) => describeEntry(entry)).join(''), 'f 1 2020-02-29T00:10 x');
});

test('times are those of the server', () => {
  const { entries } = parseListing(
    [
      '-rw-r--r-- 1 u g 1 Jun 15 13:30 a',
      '-rw-r--r-- 1 u g 1 Jan 1 2020 b',
      '-rw-r--r-- 1 u g 5 2024-05-01 10:11:12.5 +0200 c',
    ],
    { now, timeOffsetMinutes: 120 },
  );
  assert.deepEqual(
    entries.map((entry) => describeEntry(entry)),
    ['f 1 2024-06-15T11:30 a', 'f 1 2019-12-31 b', 'f 5 2024-05-01T08:11:12.500 c'],
  );
});

test('types and permission letters', () => {
  const rows: [string, string, string?][] = [
    ['-rwsr-sr-t 1 u g 1 Jan 1 2020 a', 'f 1 2020-01-01 a', '7755 1 u g'],
    ['-rwSr-Sr-T 1 u g 1 Jan 1 2020 b', 'f 1 2020-01-01 b', '7644 1 u g'],
    ['drwxrwxrwt 1 u g 1 Jan 1 2020 tmp', 'd 1 2020-01-01 tmp', '1777 1 u g'],
    ['-rw-r-lr-- 1 u g 1 Jan 1 2020 locked', 'f 1 2020-01-01 locked', '2644 1 u g'],
    ['---------- 1 u g 1 Jan 1 2020 none', 'f 1 2020-01-01 none', '0 1 u g'],
    ['prw-r--r-- 1 u g 0 Jan 1 2020 pipe', '? 0 2020-01-01 pipe', '644 1 u g'],
    ['srwxrwxrwx 1 u g 0 Jan 1 2020 socket', '? 0 2020-01-01 socket', '777 1 u g'],
    ['Drwxrwxrwx 1 u g 0 Jan 1 2020 door', '? 0 2020-01-01 door', '777 1 u g'],
    ['crw-rw-rw- 1 root sys 13, 2 Jan 1 2020 null', '? - 2020-01-01 null', '666 1 root sys'],
    ['crw-rw---- 1 root dialout 4,64 Jan 1 2020 ttyS0', '? - 2020-01-01 ttyS0', '660 1 root dialout'],
    ['brw-rw---- 1 root disk 8,   1 Jan 1 2020 sda1', '? - 2020-01-01 sda1', '660 1 root disk'],
    ['crw-rw---- 1 root sys 4,640 Jan 1 2020 tty', '? - 2020-01-01 tty', '660 1 root sys'],
    ['-rw-r--r--+ 1 u g 1 Jan 1 2020 list', 'f 1 2020-01-01 list', '644 1 u g'],
    ['-rw-r--r--. 1 u g 1 Jan 1 2020 context', 'f 1 2020-01-01 context', '644 1 u g'],
    ['-rw-r--r--@ 1 u g 1 Jan 1 2020 attributes', 'f 1 2020-01-01 attributes', '644 1 u g'],
    ['drwxr-xr-x1234 u g 1 Jan 1 2020 links', 'd 1 2020-01-01 links', '755 1234 u g'],
    ['Crw-r--r-- 1 u g 1 Jan 1 2020 contiguous', 'f 1 2020-01-01 contiguous', '644 1 u g'],
    ['  12 -rw-r--r-- 1 u g 1 Jan 1 2020 inode', 'f 1 2020-01-01 inode', '644 1 u g'],
    ['123456 12 -rw-r--r-- 1 u g 1 Jan 1 2020 blocks', 'f 1 2020-01-01 blocks', '644 1 u g'],
  ];
  check(rows);
});

test('columns that are missing, glued or of several words', () => {
  check([
    [
      'dr-xr-xr-x   2 root                  512 Apr  8  1994 no group',
      'd 512 1994-04-08 no group',
      '555 2 root -',
    ],
    ['-rw-r--r-- root root 512 Apr  8  1994 no links', 'f 512 1994-04-08 no links', '644 - root root'],
    ['-rw-r--r-- 1 512 Apr  8  1994 no owners', 'f 512 1994-04-08 no owners', '644 1 - -'],
    ['-rw-r--r-- 512 Apr  8  1994 size alone', 'f 512 1994-04-08 size alone', '644 - - -'],
    [
      '-rw-r--r--   1 group domain user 531 Jan 29 03:26 domain',
      'f 531 2024-01-29T03:26 domain',
      '644 1 group domain user',
    ],
    [
      '-rw-r--r-- 1 Admin Very Long Group Name 9 Jan 29 03:26 x',
      'f 9 2024-01-29T03:26 x',
      '644 1 Admin Very Long Group Name',
    ],
    [
      '-r-xr-xr-x longowner longgroup123456 Feb 12 17:20 glued',
      'f 123456 2024-02-12T17:20 glued',
      '555 - longowner longgroup',
    ],
    ['-rw-r--r-- 1 u g 1,234,567 Jan 29 03:26 grouped', 'f 1234567 2024-01-29T03:26 grouped'],
    ['-rw-r--r-- 1 u g 1.5K Jan 29 03:26 for people', 'f - 2024-01-29T03:26 for people'],
    ['-rw-r--r-- 1 Jan 12 2004 Feb 12 17:20 odd owner', 'f 2004 2024-02-12T17:20 odd owner', '644 1 Jan 12'],
    ['-rw-r--r-- 1 0 5 12 Feb 10 2004 numbers', 'f 12 2004-02-10 numbers', '644 1 0 5'],
  ]);
});

test('names keep their blanks, and may look like anything', () => {
  check([
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 plain', 'f 1 2020-01-01 plain'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020  leading', 'f 1 2020-01-01  leading'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 double  blank', 'f 1 2020-01-01 double  blank'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 trailing ', 'f 1 2020-01-01 trailing '],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 Feb 12 17:20 x', 'f 1 2020-01-01 Feb 12 17:20 x'],
    ['-rw-r--r-- 1 u g 1 Jan 1 10:00 2019 report', 'f 1 2024-01-01T10:00 2019 report'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 10:30 meeting', 'f 1 2020-01-01 10:30 meeting'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 a -> b', 'f 1 2020-01-01 a -> b'],
    [
      '-rw-r--r-- 1 u g 1 Jan 1 2020 -rw-r--r-- 1 u g 1 Jan 1 2020 x',
      'f 1 2020-01-01 -rw-r--r-- 1 u g 1 Jan 1 2020 x',
    ],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 été ☃ 漢字', 'f 1 2020-01-01 été ☃ 漢字'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 a\tb', 'f 1 2020-01-01 a\tb'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020 C:\\autoexec.bat', 'f 1 2020-01-01 C:\\autoexec.bat'],
  ]);
});

test('blanks before every name are padding', () => {
  check([
    ['-rw-r--r-- 1 u g 1 Jan 1 2020   a', 'f 1 2020-01-01 a'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020   b', 'f 1 2020-01-01 b'],
    ['-rw-r--r-- 1 u g 1 Jan 1 2020    c', 'f 1 2020-01-01  c'],
  ]);
  const withDot = parseListing(
    [
      'drwxr-xr-x 1 u g 1 Jan 1 2020  .',
      'drwxr-xr-x 1 u g 1 Jan 1 2020  ..',
      '-rw-r--r-- 1 u g 1 Jan 1 2020  a',
    ],
    { now },
  );
  assert.deepEqual(
    withDot.entries.map(({ name }) => name),
    ['a'],
  );
  const withoutPadding = parseListing(
    [
      'drwxr-xr-x 1 u g 1 Jan 1 2020 .',
      '-rw-r--r-- 1 u g 1 Jan 1 2020  a',
      '-rw-r--r-- 1 u g 1 Jan 1 2020  b',
    ],
    { now },
  );
  assert.deepEqual(
    withoutPadding.entries.map(({ name }) => name),
    [' a', ' b'],
  );
});

test('a link shows where it points; the size tells its arrow from one in a name', () => {
  check([
    ['lrwxrwxrwx 1 u g 7 Jan 25 00:17 bin -> usr/bin', 'l 7 2024-01-25T00:17 bin -> usr/bin'],
    ['lrwxrwxrwx 1 u g 6 Jan 25 00:17 a -> b -> c -> d', 'l 6 2024-01-25T00:17 a -> b -> c -> d'],
    ['lrwxrwxrwx 1 u g 0 Jan 25 00:17 proc -> self', 'l 0 2024-01-25T00:17 proc -> self'],
    ['lrwxrwxrwx 1 u g 4 Jan 25 00:17 lost', 'l 4 2024-01-25T00:17 lost'],
    ['lrwxrwxrwx 1 u g 9 Jan 25 00:17  -> x', 'l 9 2024-01-25T00:17  -> x'],
  ]);
  const { entries } = parseListing(['lrwxrwxrwx 1 u g 6 Jan 25 00:17 a -> b -> c -> d'], { now });
  assert.deepEqual([entries[0]?.name, entries[0]?.linkTarget], ['a -> b', 'c -> d']);
});

test('dates in numbers', () => {
  checkEach([
    ['-rw-r--r-- 1 u g 5 2024-05-01 10:11 iso', 'f 5 2024-05-01T10:11 iso'],
    ['-rw-r--r-- 1 u g 5 2024-05-01 10:11:12 iso', 'f 5 2024-05-01T10:11:12 iso'],
    ['-rw-r--r-- 1 u g 5 2024-05-01T10:11:12 iso', 'f 5 2024-05-01T10:11:12 iso'],
    ['-rw-r--r-- 1 u g 5 2024-05-01T10:11:12Z iso', 'f 5 2024-05-01T10:11:12 iso'],
    ['-rw-r--r-- 1 u g 5 2024-05-01 10:11:12.123456789 +0200 full', 'f 5 2024-05-01T08:11:12.123 full'],
    ['-rw-r--r-- 1 u g 5 2024-05-01 10:11:12.000000000 -0330 full', 'f 5 2024-05-01T13:41:12.000 full'],
    ['-rw-r--r-- 1 u g 5 2024-05-01 +0200 name', 'f 5 2024-05-01 +0200 name'],
    ['-rw-r--r-- 1 u g 5 1999/10/12 17:12 slashes', 'f 5 1999-10-12T17:12 slashes'],
    ['-rw-r--r-- 1 u g 5 2004.07.15   dots', 'f 5 2004-07-15 dots'],
    ['-rw-r--r-- 1 u g 5 2024-05-01  padded', 'f 5 2024-05-01 padded'],
    ['-rw-r--r-- 1 u g 5 05-01 10:11 short', 'f 5 2024-05-01T10:11 short'],
    ['-rw-r--r-- 1 u g 5 12-31 10:11 short', 'f 5 2023-12-31T10:11 short'],
    ['-rw-r--r-- 1 u g 5 24-04-2003 17:12 day first', 'f 5 2003-04-24T17:12 day first'],
    ['-rw-r--r-- 1 u g 5 24.04.2003 17:12 day first', 'f 5 2003-04-24T17:12 day first'],
    ['-rw-r--r-- 1 u g 5 04/24/2003 17:12 month first', 'f 5 2003-04-24T17:12 month first'],
    ['-rw-r--r-- 1 u g 5 01-jun-99 name', 'f 5 1999-06-01 name'],
    ['-rw-r--r-- 1 u g 5 01-Jun-2012 10:11 name', 'f 5 2012-06-01T10:11 name'],
    ['-rw-r--r-- 1 u g 5 3 29 03:26 numbered', 'f 5 2024-03-29T03:26 numbered'],
    ['-rw-r--r-- 1 u g 5 Mon Oct 25 13:46:11 2004 weekday', 'f 5 2004-10-25T13:46:11 weekday'],
    ['-rw-r--r-- 1 u g 5 Apr  4 12:00:05 2004 seconds', 'f 5 2004-04-04T12:00:05 seconds'],
    ['-rw-r--r-- 1 u g 5 Apr  4 12:00:05 seconds', 'f 5 2024-04-04T12:00:05 seconds'],
    ['-rw-r--r-- 1 u g 5 Apr  4 3:05PM half', 'f 5 2024-04-04T15:05 half'],
    ['-rw-r--r-- 1 u g 5 Oct 08, 2002 09:47 comma', 'f 5 2002-10-08T09:47 comma'],
    ['-rw-r--r-- 1 u g 5 26 Feb 2004 day first', 'f 5 2004-02-26 day first'],
    ['-rw-r--r-- 1 u g 12 26 Feb 10:00 day first', 'f 12 2024-02-26T10:00 day first'],
    ['-rw-r--r-- 1 u g 5 Feb 30 2004 no such day', 'f 5 - no such day'],
    ['-rw-r--r-- 1 u g 5 Xyz 12 10:00 no such month', 'f 5 - no such month'],
    ['-rw-r--r-- 1 u g 5 12 Xyz 2004 no such month', 'f 5 - no such month'],
  ]);
});

test('the order of day and month is found in the whole listing', () => {
  check([
    ['-rw-r--r-- 1 u g 5 04-05-2003 17:12 a', 'f 5 2003-04-05T17:12 a'],
    ['-rw-r--r-- 1 u g 5 04-24-2003 17:12 b', 'f 5 2003-04-24T17:12 b'],
  ]);
});

/** Months by language as listings show them, each for January, February and so on. */
const months: Readonly<Record<string, string>> = {
  english: 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec',
  german: 'Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez',
  austrian: 'Jän Feb März April Mai Juni Juli Aug. Sept. Okt. Nov. Dez.',
  french: 'janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.',
  spanish: 'ene feb mar abr may jun jul ago sep oct nov dic',
  italian: 'gen feb mar apr mag giu lug ago set ott nov dic',
  portuguese: 'Jan Fev Mar Abr Mai Jun Jul Ago Set Out Nov Dez',
  dutch: 'jan feb mrt apr mei jun jul aug sep okt nov dec',
  polish: 'sty lut mar kwi maj cze lip sie wrz paź lis gru',
  russian: 'янв фев мар апр май июн июл авг сен окт ноя дек',
  ukrainian: 'січ лют бер кві тра чер лип сер вер жов лис гру',
  bulgarian: 'яну фев мар апр май юни юли авг сеп окт ное дек',
  czech: 'led úno bře dub kvě čen čec srp zář říj lis pro',
  croatian: 'sij vel ožu tra svi lip srp kol ruj lis stu pro',
  slovenian: 'jan feb mar apr maj jun jul avg sep okt nov dec',
  hungarian: 'jan febr márc ápr máj jún júl aug szept okt nov dec',
  romanian: 'ian feb mar apr mai iun iul aug sep oct nov dec',
  swedish: 'jan feb mar apr maj jun jul aug sep okt nov dec',
  norwegian: 'jan. feb. mars april mai juni juli aug. sep. okt. nov. des.',
  finnish: 'tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu',
  lithuanian: 'sau vas kov bal geg bir lie rgp rgs spa lap grd',
  turkish: 'Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara',
  greek: 'Ιαν Φεβ Μαρ Απρ Μαΐ Ιουν Ιουλ Αυγ Σεπ Οκτ Νοε Δεκ',
  japanese: '1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月',
  korean: '1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월',
};

for (const [language, names] of Object.entries(months)) {
  test(`months in ${language}`, () => {
    check(
      names
        .split(' ')
        .map((month, index) => [
          `-rw-r--r-- 1 u g 5 ${month} 14 2012 name`,
          `f 5 2012-${String(index + 1).padStart(2, '0')}-14 name`,
        ]),
    );
  });
}

/** Months in code pages: octets as they arrive, decoded as names are. */
const encodedMonths: readonly (readonly [
  string,
  readonly (readonly [octets: readonly number[], month: number])[],
])[] = [
  [
    'ISO-8859-1',
    [
      [[0x6d, 0xe4, 0x72], 3],
      [[0x64, 0xe9, 0x63], 12],
      [[0x61, 0x6f, 0xfb], 8],
    ],
  ],
  [
    'code page 850',
    [
      [[0x6d, 0x84, 0x72], 3],
      [[0x64, 0x82, 0x63], 12],
      [[0x66, 0x82, 0x76], 2],
    ],
  ],
  [
    'windows-1251',
    [
      [[0xff, 0xed, 0xe2], 1],
      [[0xec, 0xe0, 0xe9], 5],
      [[0xe4, 0xe5, 0xea], 12],
    ],
  ],
  [
    'KOI8-R',
    [
      [[0xd1, 0xce, 0xd7], 1],
      [[0xcd, 0xc1, 0xca], 5],
      [[0xc4, 0xc5, 0xcb], 12],
    ],
  ],
  [
    'code page 866',
    [
      [[0xef, 0xad, 0xa2], 1],
      [[0xac, 0xa0, 0xa9], 5],
      [[0xa4, 0xa5, 0xaa], 12],
    ],
  ],
  [
    'Shift_JIS',
    [
      [[0x34, 0x8c, 0x8e], 4],
      [[0x31, 0x32, 0x8c, 0x8e], 12],
    ],
  ],
  [
    'EUC-KR',
    [
      [[0x31, 0xbf, 0xf9], 1],
      [[0x31, 0x31, 0xbf, 0xf9], 11],
    ],
  ],
  ['GBK', [[[0x37, 0xd4, 0xc2], 7]]],
];

for (const [codePage, rows] of encodedMonths) {
  test(`months in ${codePage}`, () => {
    for (const [octets, month] of rows) {
      const line = decodeName(
        Buffer.concat([
          Buffer.from('-rw-r--r-- 1 u g 5 '),
          Buffer.from(octets),
          Buffer.from(' 14 2012 name'),
        ]),
      );
      check([[line, `f 5 2012-${String(month).padStart(2, '0')}-14 name`]]);
    }
  });
}

test('dates of East Asia', () => {
  checkEach([
    ['-rw-r--r--   1 root       sys           8473  4月 18日 2003年 name', 'f 8473 2003-04-18 name'],
    ['-rw-r--r-- 1 u g 2096 8월 17 08:52 name', 'f 2096 2023-08-17T08:52 name'],
    ['-rwxrwxrwx   1 root     staff          0 2003   3월 20 name', 'f 0 2003-03-20 name'],
    ['-rw-r--r-- 1 u g 2096 2003年 3月 20日 name', 'f 2096 2003-03-20 name'],
    ['-rw-r--r-- 1 u g 2096 2003年 3月 20日 10:12 name', 'f 2096 2003-03-20T10:12 name'],
  ]);
});

test('days and months of Germany', () => {
  checkEach([
    ['dr-xr-xr-x   2 root     other      2235 26. Juli, 20:10 dir', 'd 2235 2023-07-26T20:10 dir'],
    ['-r-xr-xr-x   2 root     other      2235 2.   Okt.  2003 file', 'f 2235 2003-10-02 file'],
    ['-rw-r--r-- 1 u g 5 3. Mai 10.30 name', 'f 5 2024-05-03T10:30 name'],
  ]);
});

test('a word that two languages use for different months is read in the language of the listing', () => {
  const polish = parseListing(['-rw-r--r-- 1 u g 5 lis 1 2012 a', '-rw-r--r-- 1 u g 5 wrz 1 2012 b'], {
    now,
  });
  const croatian = parseListing(['-rw-r--r-- 1 u g 5 lis 1 2012 a', '-rw-r--r-- 1 u g 5 ruj 1 2012 b'], {
    now,
  });
  assert.deepEqual(
    [polish.entries, croatian.entries].map(([first]) => new Date(first?.modifiedAt ?? 0).getUTCMonth() + 1),
    [11, 10],
  );
});

test('totals in any language, and lines without a date when none has one', () => {
  const { entries, unknownLines } = parseListing(
    [
      'insgesamt 12',
      '-rw-r--r-- 1 0 0 100 services',
      'lrwxrwxrwx 1 0 0 20 resolv.conf -> /var/run/resolv.conf',
    ],
    { now },
  );
  assert.deepEqual(unknownLines, []);
  assert.deepEqual(
    entries.map((entry) => describeEntry(entry)),
    ['f 100 - services', 'l 20 - resolv.conf -> /var/run/resolv.conf'],
  );
  const mixed = parseListing(['-rw-r--r-- 1 0 0 100 a', '-rw-r--r-- 1 0 0 100 Jan 1 2000 b'], { now });
  assert.deepEqual(mixed.unknownLines, ['-rw-r--r-- 1 0 0 100 a']);
});
