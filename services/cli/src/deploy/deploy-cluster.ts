import { rmSync } from 'node:fs';
import type { Client } from '@kubernode/client';
import { applyFiles, copyParts, finishHost } from './apply-files.ts';
import { applyUnit, stopUnits } from './apply-units.ts';
import { deployEtcd } from './deploy-etcd.ts';
import { forEachHost, type Deployment, type DeployedHost } from './deployment.ts';
import type { Phase } from './host-document.ts';
import { setReplica } from './load-balancers.ts';
import { isSettled } from './plan-host.ts';
import { removeLeavingHosts, uninstallHost } from './remove-hosts.ts';
import { untilNodesReady } from './wait-for-nodes.ts';
import { openDeployClient, serverUrl, untilServed } from './deploy-client.ts';
import { pkiReader } from './deploy-certificates.ts';
import { publishClusterValues } from './cluster-values.ts';
import { machinesOf } from './inventory.ts';
import { chartValues } from './render-hosts.ts';
import { applyAddons } from '../cluster/ensure-addons.ts';
import { writeDeployedMachines } from './deployed-machines.ts';

/**
 * Carries a deployment out, phase after phase; what already is as it shall be is passed over, so that it can be called again after an
 * interruption at any point. A failure ends it: what comes later never runs on top of what is not healthy.
 */
export async function deployCluster(deployment: Deployment): Promise<void> {
  const { hosts, leaving, inventory, progress, signal, bundle } = deployment;
  writeDeployedMachines(inventory.stateDir, [...inventory.machines, ...leaving.map((one) => one.machine)]);
  const lacking = hosts.filter(({ plan }) => plan.parts.length > 0);
  if (lacking.length > 0) await progress.step(`bundle ${bundle.version} to ${names(lacking)}`, () => forEachHost(lacking, ({ connection, plan }) => copyParts(connection, { parts: plan.parts, bundleFile: deployment.bundleFile, signal })));
  await deployEtcd(deployment);
  await deployInTurn(deployment, 'loadBalancer');
  await deployControlPlane(deployment);
  const client = openDeployClient(inventory);
  try {
    await progress.step('API behind the load balancer', () => untilServed(client, deployment));
    await deployInTurn(deployment, 'controllers');
    await progress.step("the cluster's own objects", () => applyObjects(deployment, client));
    await deployNodes(deployment, client);
    await deployInTurn(deployment, 'monitoring');
    await removeLeavingHosts(deployment, client);
  } finally { client.close(); }
  await forEachHost(hosts.filter(({ plan }) => !isSettled(plan)), async ({ connection, plan, observed }) => {
    await applyFiles(connection, plan, { before: observed.manifest, signal }); // of hosts whose units did not change
    await stopUnits(connection, plan.stops, signal);
    await finishHost(connection, plan, signal);
  });
  writeDeployedMachines(inventory.stateDir, inventory.machines);
}

async function applyObjects({ inventory, bundle, signal }: Deployment, client: Client): Promise<void> {
  await applyAddons(client, { clusterDns: inventory.networks.dns, localPaths: false, simulatedNodes: false }, signal);
  const node = machinesOf(inventory, 'node')[0];
  const { hostname: host, port } = new URL(serverUrl(inventory));
  await publishClusterValues(client, { values: chartValues(inventory, bundle), endpoint: `${host}:${port}`, ca: pkiReader(inventory, '')('ca.crt'), readPki: node === undefined ? undefined : pkiReader(inventory, node.name) });
}

/** Takes every unit of a phase to its configuration, one host at a time. */
async function deployInTurn(deployment: Deployment, phase: Phase): Promise<void> {
  for (const host of hostsWithWork(deployment, phase)) await deployment.progress.step(`${phaseNames[phase]} on ${host.machine.name}`, () => applyPhase(deployment, host, phase));
}

/** New replicas start together; those that serve are restarted one at a time, while no load balancer sends them anything. */
async function deployControlPlane(deployment: Deployment): Promise<void> {
  const { hosts, progress } = deployment;
  const replicas = hosts.filter(({ machine }) => machine.roles.includes('controlPlane'));
  const work = hostsWithWork(deployment, 'controlPlane');
  const serving = work.filter(({ plan }) => plan.units.some(({ unit, action }) => unit.drained && action === 'restart'));
  const fresh = work.filter((host) => !serving.includes(host));
  if (fresh.length > 0) await progress.step(`API servers on ${names(fresh)}`, () => forEachHost(fresh, (host) => applyPhase(deployment, host, 'controlPlane')));
  for (const { machine } of replicas) await setReplica(deployment, machine.name, 'ready'); // an interrupted deploy may have left one drained
  for (const host of serving) {
    await progress.step(`API server on ${host.machine.name}`, async () => {
      if (replicas.length > 1) await setReplica(deployment, host.machine.name, 'drain');
      await applyPhase(deployment, host, 'controlPlane');
      await setReplica(deployment, host.machine.name, 'ready');
    });
  }
}

/** Pods go on while a node's processes restart, so nodes need no turns. */
async function deployNodes(deployment: Deployment, client: Client): Promise<void> {
  const work = hostsWithWork(deployment, 'node');
  if (work.length > 0) await deployment.progress.step(`nodes: ${names(work)}`, () => forEachHost(work, (host) => applyPhase(deployment, host, 'node')));
  const nodes = deployment.hosts.filter(({ machine }) => machine.roles.includes('node')).map(({ machine }) => machine.name);
  if (work.length > 0) await deployment.progress.step(`nodes are ready: ${nodes.length}`, () => untilNodesReady(client, nodes, deployment));
}

async function applyPhase({ bundle, signal }: Deployment, { connection, plan, observed }: DeployedHost, phase: Phase): Promise<void> {
  await applyFiles(connection, plan, { before: observed.manifest, signal });
  for (const planned of plan.units) if (planned.unit.phase === phase) await applyUnit(connection, { ...planned, version: bundle.version, signal });
}

function hostsWithWork({ hosts }: Deployment, phase: Phase): readonly DeployedHost[] {
  return hosts.filter(({ plan }) => plan.units.some(({ unit, action, enable }) => unit.phase === phase && (action !== 'none' || enable)));
}

const phaseNames: Readonly<Record<Phase, string>> = { etcd: 'etcd', loadBalancer: 'load balancer', controlPlane: 'API server', controllers: 'scheduler and controller manager', node: 'node', monitoring: 'monitoring' };
const names = (hosts: readonly DeployedHost[]): string => hosts.map(({ machine }) => machine.name).join(', ');

/** Removes every host of a cluster, nodes first. */
export async function undeployCluster(deployment: Deployment): Promise<void> {
  const { hosts, progress, signal, purge, inventory } = deployment;
  const order = (host: DeployedHost): number => (host.machine.roles.includes('node') ? 0 : 1);
  for (const rank of [0, 1]) {
    const some = hosts.filter((host) => order(host) === rank && host.observed.manifest !== undefined);
    if (some.length > 0) await progress.step(`removed from ${names(some)}`, () => forEachHost(some, ({ connection }) => uninstallHost(connection, { purge, signal })));
  }
  rmSync(`${inventory.stateDir}/machines.json`, { force: true });
}
