/** The FTP client: a server as a file system. */
export { connectFtp } from './connect.ts';
export { FtpConnection, type ExclusiveControl } from './ftp-connection.ts';
export {
  defaultFtpClientTimes,
  type CertificateFacts,
  type CertificateSummary,
  type FtpClientOptions,
  type FtpClientTimes,
  type FtpTlsMode,
  type FtpTlsOptions,
  type PipeliningOption,
} from './options.ts';
