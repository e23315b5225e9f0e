import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Semaphore, type Clock } from '@kubernode/base';
import type { CommandContext } from '@kubernode/component-base';
import type { Progress } from '../cmd/progress.ts';
import { sha256, desiredHost, type DesiredHost } from './desired-host.ts';
import type { BundleManifest } from './bundle-manifest.ts';
import { connectBySsh, type HostConnection } from './host-connection.ts';
import type { HostDocument } from './host-document.ts';
import type { Inventory, Machine } from './inventory.ts';
import { observeHost, type ObservedHost } from './observed-host.ts';
import { planHost, type HostPlan } from './plan-host.ts';

/** One host of a deployment: what it is to be, what it is, and the way from there. */
export interface DeployedHost { machine: Machine; connection: HostConnection; desired: DesiredHost; observed: ObservedHost; plan: HostPlan }

/** A host that no longer is in the inventory. `connection` is undefined where it cannot be reached: what is dead is forgotten. */
export interface LeavingHost { machine: Machine; connection: HostConnection | undefined; observed: ObservedHost | undefined }

/** Everything that the steps of a deploy share. */
export interface Deployment {
  inventory: Inventory;
  bundle: BundleManifest;
  /** Where hosts get what they lack. */
  bundleFile: string;
  hosts: readonly DeployedHost[];
  leaving: readonly LeavingHost[];
  /** Removed hosts lose their users' data as well. */
  purge: boolean;
  progress: Progress;
  clock: Clock;
  signal: AbortSignal;
}

/** Hosts that are worked on at once, where order does not matter. */
const PARALLEL_HOSTS = 6;

/** Runs a task for each, a bounded number at once; the first failure is told once all have ended, so that no task is left behind. */
export async function forEachHost<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const permits = new Semaphore(PARALLEL_HOSTS);
  const results = await Promise.allSettled(items.map((item) => permits.run(() => task(item))));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Sockets' paths are short: they lie by the cluster's folder's digest, where only this user looks. */
export function socketDir(stateDir: string, env: CommandContext['env']): string {
  const dir = path.join(env['XDG_RUNTIME_DIR'] ?? '/tmp', `kubernode-ssh-${process.getuid?.() ?? 0}`, sha256(stateDir).slice(0, 8));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** Looks at every host of the inventory and plans what is to be done to it. */
export async function observeHosts({ inventory, documents, bundle, readPki, sockets, signal }: {
  inventory: Inventory; documents: readonly HostDocument[]; bundle: BundleManifest; readPki: (host: string) => (name: string) => string; sockets: string; signal: AbortSignal;
}): Promise<readonly DeployedHost[]> {
  const hosts: DeployedHost[] = [];
  await forEachHost(inventory.machines, async (machine) => {
    const document = documents.find((one) => one.name === machine.name);
    if (document === undefined) throw new Error(`broken invariant: the chart has no host ${machine.name}`);
    const connection = connectBySsh(machine, sockets);
    const desired = desiredHost(document, { bundle, readPki: readPki(machine.name) });
    const observed = await observeHost(connection, desired, signal);
    hosts.push({ machine, connection, desired, observed, plan: planHost({ desired, observed, cluster: inventory.name }) });
  });
  return inventory.machines.flatMap((machine) => hosts.filter((host) => host.machine === machine)); // in the inventory's order, not that of answers
}

/** Looks at hosts that were deployed to and are gone from the inventory. One that does not answer counts as dead. */
export async function observeLeaving(machines: readonly Machine[], sockets: string, signal: AbortSignal): Promise<readonly LeavingHost[]> {
  return Promise.all(machines.map(async (machine): Promise<LeavingHost> => {
    const connection = connectBySsh(machine, sockets);
    try { return { machine, connection, observed: await observeHost(connection, undefined, signal) }; } catch {
      signal.throwIfAborted();
      return { machine, connection: undefined, observed: undefined };
    }
  }));
}
