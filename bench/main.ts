import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArguments, usage, UsageError } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { Cleanup } from './cleanup.ts';
import { LoadGenerator } from './load.ts';
import type { Peer } from './peers/peer.ts';
import { makeReport, mergeReports, type Missing, type Report, toMarkdown } from './report.ts';
import { Runner } from './runner.ts';
import type { Suite } from './suite.ts';
import { suites } from './suites.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

const resultsDirectory = join(import.meta.dirname, 'results');

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function pickSuite(options: Arguments): Suite {
  const suite = suites[options.suite];
  if (suite === undefined) throw new UsageError(`--suite takes: ${Object.keys(suites).join(', ')}`);
  const names = suite.peers.map(({ name }) => name);
  const unknownPeer = options.peers.find((name) => !names.includes(name));
  if (unknownPeer !== undefined) throw new UsageError(`--peers takes: ${names.join(', ')}`);
  const ids = suite.rows.map(({ id }) => id);
  const unknownRow = options.only.find((id) => !ids.includes(id));
  if (unknownRow !== undefined) throw new UsageError(`--only takes: ${ids.join(', ')}`);
  return suite;
}

async function findPeers(
  wanted: readonly Peer[],
  workspace: Workspace,
): Promise<{ readonly found: Peer[]; readonly missing: Missing[] }> {
  const found: Peer[] = [];
  const missing: Missing[] = [];
  for (const peer of wanted) {
    try {
      await peer.prepare(workspace);
      found.push(peer);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      missing.push({ peer: peer.name, packages: peer.packages, reason });
      say(`${peer.title} is missing: ${reason}`);
    }
  }
  return { found, missing };
}

async function bench(suite: Suite, options: Arguments, cleanup: Cleanup): Promise<Report> {
  const effort = options.quick ? suite.quick : suite.full;
  const rows = suite.rows.filter(({ id }) => options.only.length === 0 || options.only.includes(id));
  const needed = new Set(rows.map(({ measurement }) => measurement));
  say('making the test files …');
  const workspace = await createWorkspace(effort.sizes, cleanup);
  const load = await LoadGenerator.compile(workspace.cache);
  const wanted = suite.peers.filter(({ name }) => options.peers.length === 0 || options.peers.includes(name));
  const { found, missing } = await findPeers(wanted, workspace);
  const runner = new Runner({ workspace, load, effort, cleanup, say });
  const measurements = suite.measurements.filter(({ id }) => needed.has(id));
  await runner.measureAll(found, measurements, options.runs);
  const { samples, failures } = runner;
  const { runs, quick } = options;
  return makeReport({ suite, rows, peers: found, samples, failures, missing, runs, quick });
}

async function publish(suite: Suite, report: Report, options: Arguments): Promise<void> {
  const markdown = toMarkdown(report);
  const json = `${JSON.stringify(report, null, 1)}\n`;
  process.stdout.write(markdown);
  if (options.json !== undefined) await writeFile(options.json, json);
  if (options.quick || options.peers.length > 0) return;
  if (options.only.length > 0 && !options.keep) return;
  const file = join(resultsDirectory, `${report.suite}.json`);
  const kept = options.only.length > 0 ? mergeReports(await readReport(file), report, suite) : report;
  await mkdir(resultsDirectory, { recursive: true });
  await writeFile(join(resultsDirectory, `${report.suite}.md`), toMarkdown(kept));
  await writeFile(file, `${JSON.stringify(kept, null, 1)}\n`);
}

async function readReport(file: string): Promise<Report | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } catch {
    return null;
  }
}

async function main(): Promise<number> {
  const cleanup = new Cleanup();
  cleanup.handleSignals();
  try {
    const options = parseArguments(process.argv.slice(2));
    if (options.help) {
      process.stdout.write(usage);
      return 0;
    }
    const suite = pickSuite(options);
    const report = await bench(suite, options, cleanup);
    await publish(suite, report, options);
    return report.failures.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`${error.message}\n${usage}`);
    return 2;
  } finally {
    await cleanup.run();
  }
}

process.exitCode = await main();
