import { networkChecks } from '../network-checks.ts';
import type { Check } from '../run-checks.ts';
import { checkActive, checkClassicPassive, checkExtendedPassive, checkListing } from './data-checks.ts';
import type { FtpPatient } from './ftp-patient.ts';
import { hearGreeting } from './greeting-check.ts';
import { checkHashes, checkLogin, checkNames, readFeatures } from './login-check.ts';
import { askForTlsCheck, beginWithTls, judgeCertificate, resumeOnData } from './tls-checks.ts';
import { checkClock, checkWrite } from './write-check.ts';

type FtpCheck = Check<FtpPatient>;

/** Checks that speak on the control connection wait for each other. */
const uses = 'control connection';

const certificate: FtpCheck = {
  id: 'certificate',
  title: 'certificate',
  needs: ['tls'],
  run: judgeCertificate,
};

const greeting = { id: 'greeting', title: 'greeting', uses, run: hearGreeting } as const;

/** From the login on, whatever the connection is protected by. */
const afterTls: readonly FtpCheck[] = [
  { id: 'login', title: 'login', needs: ['greeting', 'tls', 'certificate'], uses, run: checkLogin },
  { id: 'features', title: 'what the server can do', needs: ['login'], uses, run: readFeatures },
  { id: 'epsv', title: 'passive mode (EPSV)', needs: ['features'], uses, run: checkExtendedPassive },
  { id: 'pasv', title: 'passive mode (PASV)', needs: ['features'], uses, run: checkClassicPassive },
  { id: 'active', title: 'active mode', needs: ['features'], uses, run: checkActive },
  { id: 'listing', title: 'listing', needs: ['features'], uses, run: checkListing },
  { id: 'tls-data', title: 'TLS on data connections', needs: ['features'], uses, run: resumeOnData },
  { id: 'write', title: 'writing', needs: ['features'], uses, run: checkWrite },
  { id: 'clock', title: 'clock', needs: ['features'], uses, run: checkClock },
  { id: 'names', title: 'names of files', needs: ['features'], run: checkNames },
  { id: 'hashes', title: 'check of transfers', needs: ['features'], run: checkHashes },
];

/** FTP with TLS on request, or without. */
export const explicitTlsChecks: readonly FtpCheck[] = [
  ...networkChecks,
  { ...greeting, needs: ['port'] },
  { id: 'tls', title: 'TLS', needs: ['greeting'], uses, run: askForTlsCheck },
  certificate,
  ...afterTls,
];

/** FTP in TLS from the first octet. */
export const implicitTlsChecks: readonly FtpCheck[] = [
  ...networkChecks,
  { id: 'tls', title: 'TLS', needs: ['port'], uses, run: beginWithTls },
  certificate,
  { ...greeting, needs: ['tls'] },
  ...afterTls,
];
