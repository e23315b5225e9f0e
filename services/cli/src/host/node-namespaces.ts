import { existsSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { runProgram, UserError } from '@kubernode/component-base';
import type { NodeBridge, NodePlace } from '../cluster/node-place.ts';
import { findProgram } from './programs.ts';

const CGROUP_MOUNT = '/sys/fs/cgroup';
const CHAIN = 'KUBERNODE-NODES';

/** Makes the bridge and each further node's namespace where they are not there; what is there stays. */
export async function prepareNodeNamespaces({ bridge, places, clusterCidr }: { bridge: NodeBridge; places: readonly NodePlace[]; clusterCidr: string }): Promise<void> {
  if (!await isLink(bridge.name)) await ip('link', 'add', bridge.name, 'type', 'bridge');
  await ip('address', 'replace', `${bridge.address}/${bridge.prefix}`, 'dev', bridge.name);
  await ip('link', 'set', bridge.name, 'up');
  for (const { address, namespace } of places) if (namespace !== undefined && !existsSync(`/run/netns/${namespace.name}`)) await makeNamespace({ bridge, address, namespace });
  await letTrafficThrough(bridge, clusterCidr);
}

/** A veth pair between the host's bridge and the node's own `eth0`, by which it reaches everything. */
async function makeNamespace({ bridge, address, namespace: { name, hostLink } }: { bridge: NodeBridge; address: string; namespace: NonNullable<NodePlace['namespace']> }): Promise<void> {
  if (await isLink(hostLink)) await ip('link', 'delete', hostLink); // of a namespace whose name is gone
  await ip('netns', 'add', name);
  await ip('link', 'add', hostLink, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await ip('link', 'set', hostLink, 'master', bridge.name, 'up');
  const inside = (...args: readonly string[]): Promise<void> => ip('-netns', name, ...args);
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${address}/${bridge.prefix}`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'add', 'default', 'via', bridge.address);
}

/** Lets further nodes reach each other and, under the host's address, what the host reaches; pods keep theirs. */
async function letTrafficThrough({ name, range }: NodeBridge, clusterCidr: string): Promise<void> {
  const iptables = async (...args: readonly string[]): Promise<boolean> => (await runProgram(findProgram('iptables', process.env['PATH']) ?? 'iptables', ['-w', '5', ...args])).status === 0;
  const ensure = async (table: string, chain: string, ...rule: readonly string[]): Promise<void> => {
    if (!await iptables('-t', table, '-C', chain, ...rule) && !await iptables('-t', table, '-A', chain, ...rule)) throw new UserError(`cannot let the nodes' traffic through: iptables refuses a rule in ${chain}`);
  };
  for (const table of ['nat', 'filter']) await iptables('-t', table, '-N', CHAIN); // refused where it is there already
  await ensure('nat', CHAIN, '-s', range, '!', '-d', clusterCidr, '!', '-o', name, '-j', 'MASQUERADE');
  for (const end of ['-s', '-d']) await ensure('filter', CHAIN, end, range, '-j', 'ACCEPT');
  for (const [table, parent] of [['nat', 'POSTROUTING'], ['filter', 'FORWARD']] as const) await ensure(table, parent, '-m', 'comment', '--comment', 'kubernode: traffic of nodes', '-j', CHAIN);
}

/** Removes namespaces, links and control groups of further nodes, once nothing runs there. Returns what was removed. */
export async function removeNodeNamespaces({ bridge, places }: { bridge: NodeBridge | undefined; places: readonly NodePlace[] }): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { namespace, cgroupRoot } of places) {
    if (namespace === undefined) continue;
    if (await isLink(namespace.hostLink)) { await ip('link', 'delete', namespace.hostLink); removed.push(`network link ${namespace.hostLink}`); }
    if (existsSync(`/run/netns/${namespace.name}`)) { await ip('netns', 'delete', namespace.name); removed.push(`network namespace ${namespace.name}`); }
    if (removeCgroups(cgroupRoot)) removed.push(`control group ${cgroupRoot}`);
  }
  if (bridge !== undefined && await isLink(bridge.name)) { await ip('link', 'delete', bridge.name); removed.push(`network link ${bridge.name}`); }
  return removed;
}

/** In every hierarchy, deepest first; one that something still runs in stays. */
function removeCgroups(root: string): boolean {
  const mounts = [CGROUP_MOUNT, ...readdirSync(CGROUP_MOUNT).map((name) => path.join(CGROUP_MOUNT, name))];
  const groups = mounts.map((mount) => path.join(mount, root)).filter((dir) => existsSync(dir) && statSync(dir).isDirectory());
  for (const group of groups) removeBelow(group);
  return groups.length > 0;
}

function removeBelow(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeBelow(path.join(dir, entry.name));
  try { rmdirSync(dir); } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error; // what runs there is told by its process
  }
}

async function isLink(name: string): Promise<boolean> { return (await runProgram(program(), ['link', 'show', name])).status === 0; }

async function ip(...args: readonly string[]): Promise<void> {
  const { status, stderr } = await runProgram(program(), args);
  if (status !== 0) throw new UserError(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

const program = (): string => findProgram('ip', process.env['PATH']) ?? 'ip';
