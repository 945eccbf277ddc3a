import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkListing as check } from '#test/ftp-client/check-listing.ts';

test('VMS', () => {
  check('vms', {
    lines: [
      'Directory ANONYMOUS_ROOT:[000000]',
      '',
      'LOGIN.COM;2              1/4          19-NOV-2001 21:41:05  [SYSTEM]      (RWED,RWED,RE,)',
      'LOGIN.COM;1              9/12         18-NOV-2001 21:41:05  [SYSTEM]      (RWED,RWED,RE,)',
      'PUB.DIR;1                2/4          25-JAN-2003 09:15:20  [GRP,OWN]     (RWED,RWED,RE,E)',
      'A_VERY_LONG_NAME_THAT_FILLS_THE_WHOLE_LINE_OF_A_TERMINAL.TXT;1',
      '                   170774/170775     24-APR-2003 08:16:15  [FTP,SCOTT]   (RWED,RWED,RE,)',
      'SHORT.TXT;3  155   2-JUL-2003 10:30:13.64',
      'NOTIME.DAT;1    2/8    15-JAN-2000    [IV2_XXX]   (RWED,RWED,RE,)',
      'OWNER_FIRST.DAT;1   [SUMMARY]    1/3     2-AUG-2006 13:05  (RWE,RWE,RE,)',
      'BLANK^ AND^.DOT.TXT;1   1/3     2-AUG-2006 13:05  [A]  (RWE,RWE,RE,)',
      'SECRET.DAT;1  %RMS-E-PRV, insufficient privilege or file protection violation',
      '',
      'Total of 9 files, 170779/170812 blocks.',
    ],
    entries: [
      'f 512 2001-11-19T21:41:05 LOGIN.COM',
      'd - 2003-01-25T09:15:20 PUB',
      'f 87436288 2003-04-24T08:16:15 A_VERY_LONG_NAME_THAT_FILLS_THE_WHOLE_LINE_OF_A_TERMINAL.TXT',
      'f 79360 2003-07-02T10:30:13.640 SHORT.TXT',
      'f 1024 2000-01-15 NOTIME.DAT',
      'f 512 2006-08-02T13:05 OWNER_FIRST.DAT',
      'f 512 2006-08-02T13:05 BLANK^ AND^.DOT.TXT',
      'f - - SECRET.DAT',
    ],
    owners: ['750 - SYSTEM -', '751 - OWN GRP', '750 - SCOTT FTP', '- - - -'],
    exactSizes: false,
  });
});

test('half an entry of VMS without the other half is told', () => {
  check('vms', {
    lines: [
      'LOST.TXT;1',
      'A.TXT;1 1/4 19-NOV-2001 21:41:05 [SYSTEM] (RWED,RWED,RE,)',
      'LOST.TOO;1',
      'LOST.AGAIN;1',
    ],
    entries: ['f 512 2001-11-19T21:41:05 A.TXT'],
    unknown: ['LOST.TXT;1', 'LOST.TOO;1', 'LOST.AGAIN;1'],
  });
});

test('data sets of MVS', () => {
  const entries = check('mvs', {
    lines: [
      'Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname',
      'WYOSPT 3420   2003/05/21  1  200  FB      80  8053  PS  A.SEQ.FILE',
      'WPTA01 3290   2004/03/04  1    3  FB      80  3125  PO  A.LIBRARY',
      'WPTA01 3390   2004/03/04  1    3  FB      80  3125  PO-E  A.LIBRARYE',
      'NRP004 3390   **NONE**    1   15  NONE     0     0  PO  A.NONE.DATE',
      "TSO005 3390   2005/06/06 213000 U 0 27998 PO 'MVS.RUN.TOGETHER'",
      'TSO004 3390   VSAM A.CLUSTER',
      'Migrated                                                A.MIGRATED',
      'ARCIVE Not Direct Access Device                         KJ.IOP998.ERROR',
      'C03193 Tape                                             AT.TAPE.FILE',
      'Pseudo Directory                                        A.HIGHER',
    ],
    entries: [
      'f - - A.SEQ.FILE',
      'd - - A.LIBRARY',
      'd - - A.LIBRARYE',
      'd - - A.NONE.DATE',
      'd - - MVS.RUN.TOGETHER',
      'f - - A.CLUSTER',
      'f - - A.MIGRATED',
      'f - - KJ.IOP998.ERROR',
      'f - - AT.TAPE.FILE',
      'd - - A.HIGHER',
    ],
    exactSizes: false,
  });
  assert.equal(entries[0]?.accessedAt, Date.UTC(2003, 4, 21), 'the date is that of the last use');
});

test('members of a partitioned data set', () => {
  const entries = check('mvs-members', {
    lines: [
      ' Name     VV.MM   Created       Changed      Size  Init   Mod   Id',
      'TEST      01.03 2002/09/12 2002/10/18 09:37    11    11     0 USER1',
      'OLD       01.00 99/09/12 02/10/18 09:37:55    11    11     0 USER2',
      '$NOSTATS',
    ],
    entries: ['f - 2002-10-18T09:37 TEST', 'f - 2002-10-18T09:37:55 OLD', 'f - - $NOSTATS'],
    owners: ['- - USER1 -'],
  });
  assert.equal(entries[0]?.createdAt, Date.UTC(2002, 8, 12));
  check('mvs-members', {
    lines: [
      ' Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode',
      'EZAGOE   000290   000605          00 FO             RN RU            31    ANY',
      'EZAALIAS 00B308   000411 EZAGOE   00 FO             RU               ANY    24',
    ],
    entries: ['f - - EZAGOE', 'f - - EZAALIAS'],
  });
  check('mvs-members', {
    lines: ['ALPHA', 'BETA'],
    systemType: 'MVS is the operating system of this server. FTP Server is running on z/OS.',
    entries: ['f - - ALPHA', 'f - - BETA'],
  });
});

test('jobs of JES', () => {
  check('mvs-jobs', {
    lines: [
      'JOBNAME  JOBID    OWNER    STATUS CLASS',
      'IBMUSER1 JOB01906 IBMUSER  OUTPUT A        RC=0000 3 spool files',
      'IBMUSER2 JOB01830  OUTPUT    3 Spool Files',
      'INIT     STC00017 START2   ACTIVE STC',
      'SMALL    J0001234 USER     -HELD- A',
    ],
    entries: ['f - - JOB01906', 'f - - JOB01830', 'f - - STC00017', 'f - - J0001234'],
    owners: ['- - IBMUSER -', '- - - -'],
  });
});

test('z/VM', () => {
  check('zvm', {
    lines: [
      'PROFILE  EXEC     V         74         24          1 2005-05-18 10:21:50 FTP191',
      'LASTING  GLOBALV  F         80         12          1 1999-08-12 13:14:15 FTP191',
      'ENDTRACE TCPIP    F        100          5          1 9/01/00 12:05:06',
      'TESTDIR  DIR        -          -          -          2006-09-23 14:00:26 -',
    ],
    entries: [
      'f - 2005-05-18T10:21:50 PROFILE.EXEC',
      'f 960 1999-08-12T13:14:15 LASTING.GLOBALV',
      'f 500 2000-09-01T12:05:06 ENDTRACE.TCPIP',
      'd - 2006-09-23T14:00:26 TESTDIR',
    ],
    exactSizes: false,
  });
});

test('OS/400', () => {
  check('os400', {
    lines: [
      'QSYS            77824 02/23/00 15:09:55 *DIR       dir/',
      'PETER           36864 04/24/05 13:18:19 *STMF      read me.txt',
      'PETER                                   *SYMLNK    link',
      '                  512 04/24/05 13:18:19 *STMF      anonymous.txt',
      'FUELOEP         76350 03/09/97 08:53:48 *STMF      home/fueloep/over.pre',
      'QSYS             8192 03/09/97 08:53:48 *CFG       other',
    ],
    entries: [
      'd 77824 2000-02-23T15:09:55 dir',
      'f 36864 2005-04-24T13:18:19 read me.txt',
      'l - - link',
      'f 512 2005-04-24T13:18:19 anonymous.txt',
      'f 76350 1997-03-09T08:53:48 over.pre',
      '? 8192 1997-03-09T08:53:48 other',
    ],
    owners: ['- - QSYS -', '- - PETER -', '- - PETER -', '- - - -'],
  });
  check('os400', {
    lines: [
      'CFT             45056 04/12/06 14:19:31 *FILE      AB1.FILE',
      'CFT                                     *MEM       AB1.FILE/AB1.MBR',
      'CFT             36864 28/11/06 15:19:30 *FILE      SAVE.SAVF',
    ],
    entries: ['d 45056 2006-12-04T14:19:31 AB1.FILE', 'f 36864 2006-11-28T15:19:30 SAVE.SAVF'],
  });
  check('os400', {
    lines: [
      'CFT                                     *MEM       AB1.FILE/AB1.MBR',
      '                                        *MEM AB1.FILE/AB2.MBR',
    ],
    entries: ['f - - AB1.MBR', 'f - - AB2.MBR'],
  });
});

test('HP NonStop', () => {
  check('nonstop', {
    lines: [
      'File         Code             EOF  Last Modification    Owner  RWEP',
      'IARPTS        101            16354 18-Mar-08 15:09:12 244, 10 "nnnn"',
      'TACLCSTM   O  101              101  4-Mar-01  23:50:06 255,255 "oooo"',
      'RYM07           0         66834432 22-Jan-26 14:04:19 110, 99 "nunu"',
      'PROGRAM     700P            16384 10-Jul-2008 11:44:56 244,10 "----"',
    ],
    entries: [
      'f 16354 2008-03-18T15:09:12 IARPTS',
      'f 101 2001-03-04T23:50:06 TACLCSTM',
      'f 66834432 2026-01-22T14:04:19 RYM07',
      'f 16384 2008-07-10T11:44:56 PROGRAM',
    ],
    owners: ['- - 10 244', '- - 255 255'],
  });
});

test('VxWorks', () => {
  check('vxworks', {
    lines: [
      '  size          date       time       name',
      '--------       ------     ------    --------',
      '     512    Jan-01-1980  00:00:00   .                 <DIR>',
      '    2048    Feb-28-1998  05:23:30   images            <DIR>',
      '   36611    DEC-25-2005  12:00:01   boot.ini',
      '',
    ],
    entries: ['d - 1998-02-28T05:23:30 images', 'f 36611 2005-12-25T12:00:01 boot.ini'],
  });
});

test('OS-9', () => {
  check('os9', {
    lines: [
      '                           Directory of . 15:10:09',
      ' Owner    Last modified  Attributes Sector Bytecount Name',
      '-------   -------------  ---------- ------ --------- ----',
      '254.254   15/07/19 0724   ------wr      40       154 .login',
      '  0.0     15/08/30 1100   d-ewrewr      80        96 BIB',
      '  1.21    96/07/12 1542   ---w-ewr    20CE      9760 a file',
      '  0.0     104/08/30 1100  dsew-ewr   20CE0      9760 late',
    ],
    entries: [
      'f 154 2015-07-19T07:24 .login',
      'd - 2015-08-30T11:00 BIB',
      'f 9760 1996-07-12T15:42 a file',
      'd - 2004-08-30T11:00 late',
    ],
    owners: ['600 - 254 254', '777 - 0 0', '722 - 21 1'],
  });
});

test('wfFtp of routers', () => {
  check('wfftp', {
    lines: ['config       1014196  06/03/04  Thur.   10:20:03', 'image.exe    99  12/31/99  Fri.   23:59:59'],
    entries: ['f 1014196 2004-06-03T10:20:03 config', 'f 99 1999-12-31T23:59:59 image.exe'],
  });
});

test('Unisys MCP', () => {
  check('unisys', {
    lines: ['README          FTPDATA        2048 07/14/99 12:37:00', 'LOG DATA 96 12/31/03'],
    entries: ['f 2048 1999-07-14T12:37:00 README', 'f 96 2003-12-31 LOG'],
  });
});

test('MPE/iX', () => {
  check('mpe', {
    lines: [
      ' PATH= /FTPGUEST/PUB/',
      '',
      ' CODE  ------------LOGICAL RECORD-----------  ----SPACE----  FILENAME',
      '         SIZE  TYP        EOF      LIMIT R/B  SECTORS #X MX',
      '',
      '          16W  HBD          0   67107839   1       32  1  *  incoming/',
      '           1B  BA         115 2147483647   1       16  1  *  testfile',
      ' PRIV    128W  FB           6          6   1       16  1  1  DB000',
    ],
    entries: ['d - - incoming', 'f 115 - testfile', 'f 1536 - DB000'],
  });
});

test('size and date before the name', () => {
  check('size-first', {
    lines: [
      '206876  Apr 04, 2000 21:06 a file',
      '0  Dec 12, 2002 02:13 a dir/',
      '2048 2024-05-01 10:11 n',
      '9,730 2024-05-01 name',
    ],
    entries: [
      'f 206876 2000-04-04T21:06 a file',
      'd - 2002-12-12T02:13 a dir',
      'f 2048 2024-05-01T10:11 n',
      'f 9730 2024-05-01 name',
    ],
  });
});
