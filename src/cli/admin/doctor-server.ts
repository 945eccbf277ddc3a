import { resolve } from 'node:path';
import { certificateFacts } from '#server/certificate-facts.ts';
import { loadCertificates } from '#server/certificates.ts';
import { gradeConfig, gradeLetter } from '#server/config/grade.ts';
import { ConfigError, loadConfig, type LoadedConfig } from '#server/config/load-config.ts';
import { selfMadeCertificateFile } from '#server/tls.ts';
import { defaultDataDirectory } from '../data-directory.ts';
import { ExitCode, UsageError } from '../exit-codes.ts';
import { environmentLayer } from '../serve-flags.ts';
import { findConfigFile } from '../serve-options.ts';
import { readCommandWords } from '../words.ts';
import { AdminOutput } from './admin-output.ts';

/** What `wherry doctor --server --help` adds to the help of the command. */
export const serverDoctorHelp = `wherry doctor --server [--config FILE] [--json] grades the configuration of this machine's server: what is risky in it,
why, and the line of wherry.yaml that cures it; and what clients are told: ports, passive address, certificates.
Exit code 1 with a risk that is high.
`;

/**
 * `wherry doctor --server`: grades the configuration and tells what clients would be told.
 *
 * @param words what stands behind `doctor`, without `--server`
 * @returns 0, or 1 where something is of high risk
 * @throws UsageError for words or a configuration that make no sense
 */
export async function runServerDoctor(words: readonly string[]): Promise<number> {
  const { values, positionals } = readCommandWords('wherry doctor --server', words, {
    config: { type: 'string' },
    json: { type: 'boolean' },
  });
  if (positionals.length > 0) throw new UsageError(`too much: ${positionals.join(' ')}`);
  const output = new AdminOutput(values.json === true);
  const loaded = await load(values.config);
  const findings = await gradeConfig(loaded, { now: Date.now(), isRoot: process.geteuid?.() === 0 });
  const grade = gradeLetter(findings);
  const told = await toldToClients(loaded);
  if (output.json) {
    for (const finding of findings) output.text(JSON.stringify({ event: 'finding', ...finding }));
    for (const fact of told) output.text(JSON.stringify({ event: 'told', ...fact }));
    output.text(JSON.stringify({ event: 'summary', grade, findings: findings.length }));
  } else {
    output.text(`Grade ${grade}\n`);
    for (const { risk, setting, origin, reason, cure } of findings) {
      output.text(`${risk.toUpperCase().padEnd(7)} ${setting} (${origin})`);
      output.text(`        ${reason}.\n        cure: ${cure}`);
    }
    if (findings.length > 0) output.text('');
    output.text('What clients are told');
    for (const { what, value } of told) output.text(`  ${what.padEnd(14)} ${value}`);
  }
  return findings.some(({ risk }) => risk === 'high') ? ExitCode.someFailed : ExitCode.done;
}

async function load(named: string | undefined): Promise<LoadedConfig> {
  const file = findConfigFile(named ?? process.env['WHERRY_CONFIG']);
  try {
    return await loadConfig({ file, layers: [environmentLayer(process.env)] });
  } catch (thrown) {
    if (thrown instanceof ConfigError) throw new UsageError(thrown.problems.join('\nwherry: '));
    throw thrown;
  }
}

interface ToldFact {
  readonly what: string;
  readonly value: string;
}

async function toldToClients({ config }: LoadedConfig): Promise<readonly ToldFact[]> {
  const { listen, passive, tls } = config;
  const ports = (['ftp', 'ftps', 'sftp', 'tftp', 'http'] as const).map((protocol) => ({
    what: protocol,
    value: listen[protocol] === null ? 'off' : `port ${listen[protocol]} of ${listen.host}`,
  }));
  const [first, last] = passive.ports;
  return [
    ...ports,
    { what: 'passive ports', value: first === 0 ? 'any' : `${first}-${last}; the firewall must let them in` },
    { what: 'passive to', value: passive.address ?? 'the address that the client has reached' },
    { what: 'TLS', value: `${tls.minimumVersion} and later${tls.require ? ', required' : ', not required'}` },
    ...(await certificatesOf(config)),
  ];
}

async function certificatesOf({ tls, dataDirectory }: LoadedConfig['config']): Promise<readonly ToldFact[]> {
  const own = selfMadeCertificateFile(resolve(dataDirectory ?? defaultDataDirectory()));
  const files =
    tls.certificates.length > 0
      ? tls.certificates.map(({ certificate, key }) => ({ certificateFile: certificate, keyFile: key }))
      : [{ certificateFile: own, keyFile: own }];
  try {
    const { entries } = await loadCertificates(files);
    return entries.map(({ certificate }) => {
      const { names, validTo, sha256 } = certificateFacts(certificate);
      const until = new Date(validTo).toISOString().slice(0, 10);
      return { what: 'certificate', value: `${names.join(', ')}; until ${until}; SHA-256 ${sha256}` };
    });
  } catch {
    const value = tls.certificates.length > 0 ? 'cannot be used, see above' : 'made on the first start';
    return [{ what: 'certificate', value }];
  }
}
