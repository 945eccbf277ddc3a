import { test } from 'node:test';
import { checkListing as check } from '#test/ftp-client/check-listing.ts';

test('EPLF', () => {
  check('eplf', {
    lines: [
      '+i8388621.48594,m825718503,r,s280,\tdjb.html',
      '+i8388621.50690,m824255907,/,\t514',
      '+i8388621.48598,m824253270,r,s612,up644,\tname with  blanks ',
      '+m1714558272,/,up1777,\ttmp',
      '+r,s12,unknown=fact,\tno time',
      '+\tnothing',
      '+m99999999999999,r,\ttoo late',
    ],
    entries: [
      'f 280 1996-03-01T22:15:03 djb.html',
      'd - 1996-02-13T23:58:27 514',
      'f 612 1996-02-13T23:14:30 name with  blanks ',
      'd - 2024-05-01T10:11:12 tmp',
      'f 12 - no time',
      'f - - nothing',
      'f - - too late',
    ],
    owners: ['- - - -', '- - - -', '644 - - -', '1777 - - -'],
    exactSizes: true,
  });
});

test('EPLF tells times in UTC whatever the zone of the server', () => {
  check('eplf', {
    lines: ['+m825718503,r,s280,\ta'],
    timeOffsetMinutes: 300,
    entries: ['f 280 1996-03-01T22:15:03 a'],
  });
});

test('NetWare', () => {
  check('netware', {
    lines: [
      'total 2',
      'd [R----F--] supervisor            512       Jan 16 18:53    login',
      '- [R----F--] rhesus             214059       Oct 20 15:27    cx.exe',
      '- [RWCEAFMS] admin              1024         Mar 03  2001    long name.txt',
      'd[RWCEAFMS] admin              512         Mar 03  2001    glued',
    ],
    entries: [
      'd 512 2024-01-16T18:53 login',
      'f 214059 2023-10-20T15:27 cx.exe',
      'f 1024 2001-03-03 long name.txt',
      'd 512 2001-03-03 glued',
    ],
    owners: ['- - supervisor -'],
  });
});

test('NetPresenz and other servers for the Macintosh', () => {
  check('netpresenz', {
    lines: [
      '-------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit',
      'drwxrwxr-x               folder        2 May 10  1996 network',
      '-r--r--r--           0    11165    11165 Mar 17 18:56 Some Dates.html',
    ],
    entries: [
      'f 1392298 1995-11-22 MegaPhone.sit',
      'd - 1996-05-10 network',
      'f 11165 2024-03-17T18:56 Some Dates.html',
    ],
    owners: ['4 - - -', '775 - - -'],
    exactSizes: false,
  });
  check('netpresenz', {
    lines: [
      '-r--r--r--           0       49       49 Sep  5 15:42 a.ram',
      '-r--r--r--          16     1895     1911 Mar 17 09:45 b.html',
    ],
    entries: ['f 49 2023-09-05T15:42 a.ram', 'f 1911 2024-03-17T09:45 b.html'],
  });
});

test('a file of Unix whose owners happen to add up is none of a Macintosh', () => {
  check('unix', { lines: ['-rw-r--r-- 1 0 1 Jan  1 2020 a'], entries: ['f 1 2020-01-01 a'] });
  check('unix', {
    lines: ['-rw-r--r-- 1 1000 1001 Jan  1 2020 a', '-rw-r--r-- 1 1000 5 Jan  1 2020 b'],
    entries: ['f 1001 2020-01-01 a', 'f 5 2020-01-01 b'],
  });
});

test('Connect:Enterprise', () => {
  check('connect-enterprise', {
    lines: [
      '-C--E-----FTP B BCC3I1       7670  1294495 Jan 13 07:42 order file',
      '-C--E-----FTS A BCC3I1       7671       41 Jan 13 07:43 order.2',
      '-AR--M----TCP B ceunix      17570  2313708 Mar 29 08:56 report',
    ],
    entries: [
      'f 1294495 2024-01-13T07:42 order file',
      'f 41 2024-01-13T07:43 order.2',
      'f 2313708 2024-03-29T08:56 report',
    ],
    owners: ['- - BCC3I1 -'],
  });
});

test('numbers in the manner of stat', () => {
  check('numeric-unix', {
    lines: [
      '0100644   500  101   12345    123456789       a name',
      '040755 0 0 4096 1714558272 dir',
      '0120777 0 0 4 0 link',
    ],
    entries: [
      'f 12345 1973-11-29T21:33:09 a name',
      'd 4096 2024-05-01T10:11:12 dir',
      'l 4 1970-01-01T00:00:00 link',
    ],
    owners: ['644 - 500 101'],
  });
});

test('IIS', () => {
  check('dos', {
    lines: [
      '07-13-98  09:06PM       <DIR>          aix',
      '04-14-00  03:47PM                  589 readme.htm',
      '12-31-69  12:00AM                    0 midnight',
      '01-01-70  12:30PM           1234567890 noon',
      '10-09-2020  09:36PM                41432 long year.txt',
      '10-09-2020  09:36PM       <DIR>           leading blank',
      '10-09-2020  09:36PM                   12  leading blank.txt',
    ],
    entries: [
      'd - 1998-07-13T21:06 aix',
      'f 589 2000-04-14T15:47 readme.htm',
      'f 0 2069-12-31T00:00 midnight',
      'f 1234567890 1970-01-01T12:30 noon',
      'f 41432 2020-10-09T21:36 long year.txt',
      'd - 2020-10-09T21:36  leading blank',
      'f 12 2020-10-09T21:36  leading blank.txt',
    ],
  });
});

test('MS-DOS style of other servers', () => {
  check('dos', {
    lines: [
      '2002-09-02  18:48       <DIR>          dir',
      '2002-09-02  19:06                9,730 file',
      '2002-09-02  19:06                9.730 other',
      '2002-09-02  19:06:33             9 seconds',
    ],
    entries: [
      'd - 2002-09-02T18:48 dir',
      'f 9730 2002-09-02T19:06 file',
      'f 9730 2002-09-02T19:06 other',
      'f 9 2002-09-02T19:06:33 seconds',
    ],
  });
  check('dos', {
    lines: ['11-02-18  14:12       <DIR>          images', '11-02-18  15:33                 9276 logo.gif'],
    systemType: 'Windows_CE version 6.0',
    entries: ['d - 2018-11-02T14:12 images', 'f 9276 2018-11-02T15:33 logo.gif'],
  });
  check('dos', {
    lines: ['10/17/2003  10:11  <DIR> a', '10/17/2003  10:11a  12 b', '10/17/2003  10:11p  12 c'],
    entries: ['d - 2003-10-17T10:11 a', 'f 12 2003-10-17T10:11 b', 'f 12 2003-10-17T22:11 c'],
  });
  check('dos', {
    lines: ['01-01-20  10:11AM    12   a', '01-01-20  10:11AM    12   b'],
    entries: ['f 12 2020-01-01T10:11 a', 'f 12 2020-01-01T10:11 b'],
  });
});

test('the order of a DOS date is that in which all dates of the listing exist', () => {
  check('dos', {
    lines: ['01-02-03  10:11AM  1 a', '25-02-03  10:11AM  1 b'],
    entries: ['f 1 2003-02-01T10:11 a', 'f 1 2003-02-25T10:11 b'],
  });
  check('dos', {
    lines: ['01-02-03  10:11AM  1 a', '02-25-03  10:11AM  1 b'],
    entries: ['f 1 2003-01-02T10:11 a', 'f 1 2003-02-25T10:11 b'],
  });
  check('dos', {
    lines: ['98-02-03  10:11AM  1 a', '03-02-01  10:11AM  1 b'],
    entries: ['f 1 1998-02-03T10:11 a', 'f 1 2003-02-01T10:11 b'],
  });
  check('dos', { lines: ['01.02.2003  10:11  1 a'], entries: ['f 1 2003-02-01T10:11 a'] });
  check('dos', { lines: ['99-99-99  10:11AM  1 a'], entries: ['f 1 - a'] });
});

test('junctions and links of Windows', () => {
  check('dos', {
    lines: [
      '2024-05-01  10:11    <JUNCTION>     Users [C:\\Users]',
      '2024-05-01  10:11    <SYMLINKD>     data [D:\\a [b]]',
      '2024-05-01  10:11    <SYMLINK>      file.txt [other.txt]',
      '2024-05-01  10:11    <JUNCTION>     bare',
      '2024-05-01  10:11    <DIR>          plain [x]',
    ],
    entries: [
      'l - 2024-05-01T10:11 Users -> C:\\Users',
      'l - 2024-05-01T10:11 data [D:\\a -> b]',
      'l - 2024-05-01T10:11 file.txt -> other.txt',
      'l - 2024-05-01T10:11 bare',
      'd - 2024-05-01T10:11 plain [x]',
    ],
  });
});

test('OS/2', () => {
  check('os2', {
    lines: [
      '                 0           DIR   06-27-96  11:57  PROTOCOL',
      '             36611      A    04-23-103  10:57  CONFIG.SYS',
      ' 1123      A    07-14-99   12:37  long name',
      '    0 DIR       02-11-103  16:15  SUB DIR',
      ' 1123 DIR  A    10-05-100  23:38  BOTH',
      ' 2048           10-05-100  23:38  NO.ATTR',
    ],
    entries: [
      'd - 1996-06-27T11:57 PROTOCOL',
      'f 36611 2003-04-23T10:57 CONFIG.SYS',
      'f 1123 1999-07-14T12:37 long name',
      'd - 2003-02-11T16:15 SUB DIR',
      'd - 2000-10-05T23:38 BOTH',
      'f 2048 2000-10-05T23:38 NO.ATTR',
    ],
  });
});
