import { accountsSuite } from './rows/accounts.ts';
import { clientSuite } from './rows/client.ts';
import { ftpSuite } from './rows/ftp.ts';
import { pageSuite } from './rows/page.ts';
import { sftpSuite } from './rows/sftp.ts';
import { tftpSuite } from './rows/tftp.ts';
import type { Suite } from './suite.ts';

/** All suites by name. A further protocol is a further entry: its peers, its measurements, its rows. */
export const suites: Readonly<Record<string, Suite>> = {
  ftp: ftpSuite,
  sftp: sftpSuite,
  tftp: tftpSuite,
  client: clientSuite,
  accounts: accountsSuite,
  page: pageSuite,
};
