import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { errorMessage, isAbortError } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { optionTable, parseOptions, UsageError, UserError, waitUntil, type Command, type CommandContext } from '@kubernode/component-base';
import { openAdminClient } from '../cluster/admin-client.ts';
import { loadClusterConfig, saveClusterConfig, type ClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf, type Layout } from '../cluster/layout.ts';
import { nodeNames, planInput } from '../cluster/plan-input.ts';
import { readyNodes } from '../cluster/node-readiness.ts';
import { planPorts } from '../cluster/port-plan.ts';
import { mergeIntoUserKubeconfig, prepareCertificates, prepareConfiguration } from '../cluster/prepare-state.ts';
import { planProcesses } from '../cluster/process-plan.ts';
import { clusterOptions, resolveConfig } from '../cluster/resolve-config.ts';
import { writeStartTimes } from '../cluster/start-times.ts';
import { takeDown } from '../cluster/take-down.ts';
import { untilReady } from '../cluster/watch-start.ts';
import { checkControlPlane, checkNode, checkPorts, checkStateFolder, viewHost } from '../doctor/checks.ts';
import { prepareHostNetwork } from '../host/host-network.ts';
import { readPidFile, writePidFile } from '../host/pid-file.ts';
import { importStandardImages } from '../images/standard-images.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { dirOption } from './cluster-options.ts';
import { describeFinding } from './doctor.ts';
import { formatAge } from './format-table.ts';
import { createProgress, type Progress } from './progress.ts';
import { showCluster } from './show-cluster.ts';

const options = optionTable({ ...dirOption, ...clusterOptions });
const NODES_READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

interface Start { context: CommandContext; config: ClusterConfig; layout: Layout; specs: readonly ProcessSpec[]; progress: Progress; startedAt: number }

/** Brings a cluster up on this host, or says that it is. What fails on the way is taken down again. */
export const upCommand: Command = {
  name: 'up', summary: 'bring a cluster up on this host', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const layout = layoutOf(given['dir'] as string); // has a default
    const stored = loadClusterConfig(layout.configFile);
    const config = resolveConfig(given as unknown as Parameters<typeof resolveConfig>[0], stored); // the table's own flags
    if (stored && readPidFile(layout.pidFile('supervisor'))) {
      const { changeRunning } = await import('../cluster/change-running.ts');
      const isChanged = await changeRunning({ context, layout, stored, config });
      context.stdout.write(`The cluster in ${layout.dir} is already up${isChanged ? `; ${describeBackups(config)}` : ''}.\n`);
      await showCluster({ context, layout });
      return 0;
    }
    const start: Start = { context, config, layout, specs: planProcesses(planInput({ config, layout, context })), progress: createProgress({ out: context.stdout, clock: context.clock }), startedAt: context.clock.monotonicNow() };
    await preflight(start);
    try {
      await bringUp(start);
    } catch (error) {
      await takeDownAfter(error, start);
      throw isAbortError(error) ? new UserError('stopped; what was started is stopped again') : error;
    }
    await showCluster({ context, layout });
    return 0;
  },
};

async function takeDownAfter(fault: unknown, { context: { env, clock }, config, layout }: Start): Promise<void> {
  try { await takeDown({ layout, config, env, clock, report: () => undefined }); } catch (error) {
    throw new UserError(`${isAbortError(fault) ? 'stopped' : errorMessage(fault)}; and what was started cannot be stopped again: ${errorMessage(error)}`, { cause: fault });
  }
}

/** All findings that would make it fail, in one answer, before anything is made. */
async function preflight({ context, config, layout, specs }: Start): Promise<void> {
  const host = viewHost({ env: context.env, now: context.clock.now() });
  const ports = new Map(specs.flatMap((spec) => ('port' in spec.ready && !('host' in spec.ready && spec.ready.host !== '127.0.0.1') ? [[spec.name, spec.ready.port] as const] : [])));
  const plan = planPorts(config.securePort);
  ports.set("HAProxy's front for gRPC", plan.frontGrpc).set("HAProxy's metrics", plan.haproxyMetrics);
  for (let i = 0; i < config.replicas; i++) ports.set(`apiserver-${i} for gRPC`, plan.apiserver(i).grpc);
  for (let i = 0; i < config.etcdMembers; i++) ports.set(`etcd-${i} for clients`, plan.etcd(i).client).set(`etcd-${i} for peers`, plan.etcd(i).peer);
  const findings = [...checkControlPlane(host, { ownEtcd: config.etcdMembers > 0 }), ...(config.nodes > 0 ? checkNode(host) : []), ...checkStateFolder(layout.dir), ...await checkPorts(ports)];
  const faults = findings.filter((one) => one.verdict === 'fault');
  if (faults.length === 1 && faults[0]) throw new UserError(`${faults[0].check}: ${faults[0].found}; ${faults[0].fix ?? ''}`);
  if (faults.length > 1) throw new UserError(`this host is not ready:\n${faults.map(describeFinding).join('\n')}`);
}

async function bringUp(start: Start): Promise<void> {
  const { context, config, layout, specs, progress } = start;
  const input = { layout, config, nodeNames: nodeNames(config), clock: context.clock, rng: context.rng };
  await progress.step('certificates and configuration', async () => {
    await prepareCertificates(input);
    prepareConfiguration(input, planInput({ config, layout, context }).programs.cniBinDir);
    saveClusterConfig(layout.configFile, config);
    if (config.nodes > 0) await prepareHostNetwork(layout.hostManifest);
    startSupervisor(context, layout);
  });
  const wait = (...names: readonly string[]): Promise<void> => untilReady({ layout, names: specs.map((one) => one.name).filter((name) => names.some((prefix) => name.startsWith(prefix))), clock: context.clock, signal: context.signal });
  if (config.etcdMembers > 0) await progress.step(`etcd: ${config.etcdMembers} ${config.etcdMembers === 1 ? 'member' : 'members'}`, () => wait('etcd-'));
  if (config.nodes > 0) await progress.step('containerd with the images of pause and demo', async () => { await wait('containerd-'); for (let node = 0; node < config.nodes; node++) await importStandardImages({ layout, node, env: context.env }); });
  await progress.step(`API servers: ${config.replicas} ${config.replicas === 1 ? 'replica' : 'replicas'} behind HAProxy`, () => wait('apiserver-', 'haproxy'));
  const controlPlaneMs = context.clock.monotonicNow() - start.startedAt;
  const client = openAdminClient(layout, config);
  try {
    await progress.step('schedulers and controller managers', () => wait('scheduler-', 'controller-manager-', 'backup'));
    if (config.nodes + config.simulatedNodes > 0) await progress.step(`nodes: ${describeNodes(config)}`, async () => { await wait('node-', 'simulated-nodes'); await untilNodesReady(client, start); });
  } finally { client.close(); }
  writeStartTimes(layout, { controlPlaneMs, readyMs: context.clock.monotonicNow() - start.startedAt });
  const unmerged = mergeIntoUserKubeconfig(layout, config, context.env);
  if (unmerged === undefined) context.stdout.write(`✓ context "${config.name}" in your kubeconfig\n`);
  else context.stdout.write(`! your kubeconfig has no context for it: ${unmerged}\n`);
}

function describeBackups({ backupEveryMs }: ClusterConfig): string {
  return backupEveryMs === undefined ? 'it is no longer backed up' : `it is now backed up every ${formatAge(backupEveryMs)}`;
}

function describeNodes({ nodes, simulatedNodes }: ClusterConfig): string {
  return [nodes > 0 ? `${nodes} with containers` : '', simulatedNodes > 0 ? `${simulatedNodes} simulated` : ''].filter((part) => part !== '').join(', ');
}

function startSupervisor(context: CommandContext, layout: Layout): void {
  mkdirSync(layout.logsDir, { recursive: true });
  mkdirSync(layout.runDir, { recursive: true });
  rmSync(layout.supervisorStatus, { force: true }); // that of an earlier run says nothing about this one
  const log = openSync(layout.log('supervisor'), 'a', 0o640);
  const child = spawn(process.execPath, [...process.execArgv, context.executable, 'supervise', `--dir=${layout.dir}`], { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  if (child.pid !== undefined) writePidFile(layout.pidFile('supervisor'), child.pid); // it writes the same once it runs
  child.unref();
}

function untilNodesReady(client: Client, { context: { clock, signal }, config }: Start): Promise<void> {
  const wanted = config.nodes + config.simulatedNodes;
  return waitUntil(async () => {
    const ready = await readyNodes(client, signal);
    return ready.size >= wanted ? undefined : `${ready.size} of ${wanted} nodes are ready after ${NODES_READY_TIMEOUT_MS / 1000} s; see 'kubernode logs node-0'`;
  }, { limitMs: NODES_READY_TIMEOUT_MS, pollMs: POLL_MS, clock, signal });
}
