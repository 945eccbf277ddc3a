import { resolve } from 'node:path';
import { clockProblem } from '#core/known-time.ts';
import { certificateFacts } from '#server/certificate-facts.ts';
import { loadCertificates } from '#server/certificates.ts';
import type { CertificateRecord } from '#protocols/http/contract/admin/records.ts';
import { gradeConfig, gradeLetter, type GradeFinding } from '#server/config/grade.ts';
import { ConfigError, loadConfig, type LoadedConfig } from '#server/config/load-config.ts';
import { selfMadeCertificateFile } from '#server/tls.ts';
import { dataDirectoryOf, defaultDataDirectory } from '../data-directory.ts';
import { ExitCode, UsageError } from '../exit-codes.ts';
import { environmentLayer } from '../serve-flags.ts';
import { findConfigFile } from '../serve-options.ts';
import { readCommandWords } from '../words.ts';
import { askServer } from './administration-client.ts';
import { AdminOutput } from './admin-output.ts';

/** What `wherry doctor --server --help` adds to the help of the command. */
export const serverDoctorHelp = `wherry doctor --server [--config FILE] [--data-dir DIR] [--json] grades the configuration of this machine's server: what is
risky in it, why, and the line of wherry.yaml that cures it; and what clients are told: ports, passive address,
certificates. The server that runs is asked; --config grades a file instead. Exit code 1 with a risk that is high.
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
    'data-dir': { type: 'string' },
    json: { type: 'boolean' },
  });
  if (positionals.length > 0) throw new UsageError(`too much: ${positionals.join(' ')}`);
  const output = new AdminOutput(values.json === true);
  const running = values.config === undefined ? await gradeOfRunning(values['data-dir']) : null;
  const { grade, findings, told } = running ?? (await gradeOfFile(values.config));
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

interface Verdict {
  readonly grade: string;
  readonly findings: readonly GradeFinding[];
  readonly told: readonly ToldFact[];
}

async function gradeOfFile(named: string | undefined): Promise<Verdict> {
  const loaded = await load(named);
  const findings = await gradeConfig(loaded, {
    now: Date.now(),
    isRoot: process.geteuid?.() === 0,
    clock: clockProblem(),
  });
  return { grade: gradeLetter(findings), findings, told: await toldToClients(loaded) };
}

/** What holds in the server that runs, flags included; null when none does. */
async function gradeOfRunning(given: string | undefined): Promise<Verdict | null> {
  const client = await askServer(dataDirectoryOf(given));
  if (client === null) return null;
  try {
    const { grade, findings } = await client.call('GET /server/grade');
    const { listeners } = await client.call('GET /server');
    const { certificates } = await client.call('GET /server/certificates');
    const listening = listeners.map(({ protocol, host, port }) => ({
      what: protocol,
      value: `port ${port} of ${host}`,
    }));
    return { grade, findings, told: [...listening, ...certificates.map(toldOfCertificate)] };
  } finally {
    await client.close();
  }
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
    return entries.map(({ certificate }) => toldOfCertificate(certificateFacts(certificate)));
  } catch {
    const value = tls.certificates.length > 0 ? 'cannot be used, see above' : 'made on the first start';
    return [{ what: 'certificate', value }];
  }
}

function toldOfCertificate({
  names,
  validTo,
  sha256,
}: Pick<CertificateRecord, 'names' | 'validTo' | 'sha256'>): ToldFact {
  const until = new Date(validTo).toISOString().slice(0, 10);
  return { what: 'certificate', value: `${names.join(', ')}; until ${until}; SHA-256 ${sha256}` };
}
