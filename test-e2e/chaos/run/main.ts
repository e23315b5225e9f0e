// Faults on a cluster of machines: random sequences for some minutes, or each fault several times for docs/FAILOVER.md. See docs/chaos.md.
// usage: SEED=1 MINUTES=5 BACKEND=namespaces FAULTS=… RUNS=0 NODES=3 tsx --conditions=source test-e2e/chaos/run/main.ts
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng } from '@kubernode/base';
import { root } from '../../framework/cluster.ts';
import { ChaosCluster } from '../cluster/chaos-cluster.ts';
import { NamespacesBackend } from '../cluster/namespaces-backend.ts';
import { pick, type Fault } from '../faults/fault.ts';
import { allFaults, faultsFor } from '../faults/fault-table.ts';
import { Workload } from '../workload/workload.ts';
import { describeResult } from './describe-result.ts';
import { mergeRecords, recordOf, renderFailoverReport, type FailoverRecord } from './failover-report.ts';
import { optionsFrom, sizesOf } from './options.ts';
import { runFault, type FaultResult } from './run-fault.ts';

/** What faults happen to. */
interface Bench { cluster: ChaosCluster; workload: Workload; signal: AbortSignal }

const options = optionsFrom(process.env);
const say = (line: string): void => { process.stdout.write(`${line}\n`); };

process.exitCode = await main();

async function main(): Promise<number> {
  say(`seed ${options.seed}, backend ${options.backend}; load ${loadavg()[0]?.toFixed(1)}`);
  const { cluster, end } = await openCluster();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    const faults = faultsFor(cluster, options.faults);
    await cluster.up();
    say('✓ the cluster is up');
    const workload = new Workload({ cluster, seed: options.seed });
    await workload.start();
    say('✓ the workload runs');
    try {
      const results = await (options.runs > 0 ? measureEach : randomSequence)(faults, { cluster, workload, signal: stop.signal });
      const bad = results.filter(({ verdict }) => verdict.findings.length > 0);
      say(`${results.length} faults, ${bad.length} with findings, ${results.reduce((sum, { verdict }) => sum + verdict.writesLost, 0)} acknowledged writes lost`);
      if (bad.length > 0) keepLogs(cluster);
      return bad.length > 0 ? 1 : 0;
    } finally { await workload.stop(); }
  } catch (error) {
    say(error instanceof Error ? error.stack ?? error.message : String(error));
    keepLogs(cluster);
    return 1;
  } finally { await end(); }
}

function keepLogs(cluster: ChaosCluster): void {
  const dir = path.join(tmpdir(), `chaos-seed-${options.seed}`);
  cluster.keepLogs(dir);
  if (existsSync(dir)) say(`the machines' logs are in ${dir}`);
}

async function openCluster(): Promise<{ cluster: ChaosCluster; end: () => Promise<void> }> {
  const base = { prefix: 'chaos', subnet: '198.19.1', sizes: sizesOf(options) };
  if (options.backend === 'namespaces') {
    const cluster = new ChaosCluster({ ...base, backend: (given) => new NamespacesBackend(given) });
    return { cluster, end: () => cluster[Symbol.asyncDispose]() };
  }
  const { startDocker } = await import('../cluster/docker-daemon.ts');
  const { ContainersBackend } = await import('../cluster/containers-backend.ts');
  const docker = await startDocker('chaos');
  const cluster = new ChaosCluster({ ...base, backend: (given) => new ContainersBackend({ ...given, docker }) });
  return { cluster, async end() { try { await cluster[Symbol.asyncDispose](); } finally { await docker[Symbol.asyncDispose](); } } };
}

/** Faults one after the other, as the seed has it, until the time is over or something does not hold. */
async function randomSequence(faults: readonly Fault[], { cluster, workload, signal }: Bench): Promise<readonly FaultResult[]> {
  const rng = seededRng(options.seed);
  const endMs = performance.now() + options.minutes * 60_000;
  const results: FaultResult[] = [];
  while (performance.now() < endMs && !signal.aborted) {
    const result = await runFault({ fault: pick(rng, faults), cluster, workload, rng, number: results.length });
    results.push(result);
    say(describeResult(result));
    if (result.verdict.findings.length > 0) break;
  }
  return results;
}

/** Every fault so many times; the page is written after each, so that nothing is lost of a session that is cut off. */
async function measureEach(faults: readonly Fault[], { cluster, workload, signal }: Bench): Promise<readonly FaultResult[]> {
  const rng = seededRng(options.seed);
  const results: FaultResult[] = [];
  const records: FailoverRecord[] = [];
  for (const fault of faults) for (let i = 0; i < options.runs && !signal.aborted; i++) {
    const load = Math.round(loadavg()[0] ?? 0);
    const result = await runFault({ fault, cluster, workload, rng, number: results.length });
    results.push(result);
    say(describeResult(result));
    records.push(recordOf(result, { backend: options.backend, day: new Date().toISOString().slice(0, 10), load, cpus: cpus().length }));
    writeFailoverReport(records);
  }
  return results;
}

function writeFailoverReport(measured: readonly FailoverRecord[]): void {
  const [data, page] = [path.join(root, 'docs/failover.json'), path.join(root, 'docs/FAILOVER.md')];
  const kept = existsSync(data) ? JSON.parse(readFileSync(data, 'utf8')) as readonly FailoverRecord[] : []; // written here
  const records = mergeRecords(kept, measured);
  writeFileSync(data, `[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]\n`);
  writeFileSync(page, renderFailoverReport(records, allFaults.map(({ name }) => name)));
}
