import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { errorMessage, type Clock } from '@kubernode/base';
import { runProgram, UserError } from '@kubernode/component-base';
import { removeSandboxes } from '../cluster/remove-sandboxes.ts';
import { restoreHostNetwork } from '../host/host-network.ts';
import { unmountBelow } from '../host/mounts.ts';
import { digestDir, hostManifestFile, hostNetworkFile, hostStateDir, installDir, parseHostManifest, type HostManifest } from './host-manifest.ts';

export interface UninstallInput { purge: boolean; env: Readonly<Record<string, string | undefined>>; clock: Clock; /** A line a thing. */ report: (what: string) => void }

const UNIT_LIMIT_MS = 120_000;
const RUNTIME_DIR = '/run/kubernode-containerd';
const COMMAND_LINK = '/usr/local/bin/kubernode';
/** The pod network's bridge and overlay, as the node agent names them. */
const LINKS = ['kn0', 'kn0v'];
/** By which the kernel's routes to other nodes' pods are known as the node agent's. */
const ROUTE_PROTOCOL = '107';
const POD_CGROUPS = 'kubepods';
/** Folders that the container runtime and CNI make by fixed names; the host's own containerd may use them too. Innermost first. */
const SHARED_DIRS = ['/run/containerd/runc/k8s.io', '/run/containerd/runc', '/run/containerd/s', '/run/containerd', '/var/lib/cni/results', '/var/lib/cni', '/run/netns'];

/** Every step may be done again after an interruption: the manifest goes last. */
export async function uninstallHere(input: UninstallInput): Promise<void> {
  const { report } = input;
  const manifest = readManifest();
  if (manifest === undefined) { report('There is nothing of kubernode on this host.'); return; }
  for (const unit of [...manifest.units].reverse()) {
    await runProgram('systemctl', ['disable', '--now', unit], { timeoutMs: UNIT_LIMIT_MS });
    report(`✓ stopped ${unit}`);
  }
  if (manifest.isNode) await removeNode(input);
  for (const file of Object.keys(manifest.files)) removeFile(file);
  report(`✓ removed ${Object.keys(manifest.files).length} files`);
  await runProgram('systemctl', ['daemon-reload']);
  await runProgram('systemctl', ['reset-failed', ...manifest.units]);
  for (const dir of [...manifest.state, ...(input.purge ? manifest.data : []), '/etc/kubernode', digestDir, RUNTIME_DIR, '/run/kubernode-haproxy', installDir]) remove(dir, report);
  if (isOurLink(COMMAND_LINK)) remove(COMMAND_LINK, report);
  const kept = manifest.data.filter((dir) => existsSync(dir));
  remove(hostNetworkFile, report);
  rmSync(hostManifestFile);
  for (const dir of [hostStateDir, '/etc/kubernetes', ...(input.purge ? ['/var/lib/etcd'] : [])]) removeIfEmpty(dir);
  if (kept.length > 0) report(`What users may want stays: ${kept.join(', ')}; remove it by hand, or before with --purge.`);
}

function readManifest(): HostManifest | undefined {
  if (!existsSync(hostManifestFile)) return undefined;
  try { return parseHostManifest(readFileSync(hostManifestFile, 'utf8')); } catch (error) {
    throw new UserError(`${hostManifestFile} is broken (${errorMessage(error)}); nothing is removed by guess`);
  }
}

/** Pods, their network, their mounts and their control groups. */
async function removeNode({ env, clock, report }: UninstallInput): Promise<void> {
  const containerd = { config: '/etc/kubernode/containerd.toml', root: `${hostStateDir}/containerd`, state: `${RUNTIME_DIR}/state`, socket: `${RUNTIME_DIR}/containerd.sock`, opt: `${hostStateDir}/containerd-opt` };
  const programs = existsSync(`${installDir}/programs`) ? readdirSync(`${installDir}/programs`).filter((dir) => dir.startsWith('containerd-')).map((dir) => `${installDir}/programs/${dir}`) : [];
  const place = { node: 0, address: '127.0.0.1', cgroupRoot: '/' };
  if (existsSync(containerd.config)) for (const pod of await removeSandboxes({ place, containerd, clock, env: { ...env, PATH: [...programs, env['PATH'] ?? ''].join(':') } })) report(`✓ removed pod ${pod}`);
  for (const link of LINKS) if ((await runProgram('ip', ['link', 'delete', link])).status === 0) report(`✓ removed network link ${link}`);
  for (const family of ['-4', '-6']) for (const route of await removeRoutes(family)) report(`✓ removed route ${route}`);
  for (const what of await restoreHostNetwork(hostNetworkFile)) report(`✓ removed ${what}`);
  for (const dir of ['/var/lib/kubelet', RUNTIME_DIR, hostStateDir]) for (const mount of await unmountBelow(dir)) report(`✓ removed mount ${mount}`);
  for (const group of podCgroups()) removeCgroup(group);
  for (const dir of SHARED_DIRS) removeIfEmpty(dir);
}

/** Those to the pods of other nodes; what led to this node's own pods went with its link. */
async function removeRoutes(family: string): Promise<readonly string[]> {
  const { stdout } = await runProgram('ip', [family, 'route', 'show', 'proto', ROUTE_PROTOCOL]);
  if (stdout.trim() !== '') await runProgram('ip', [family, 'route', 'flush', 'proto', ROUTE_PROTOCOL]);
  return stdout.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

function podCgroups(): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(root, name));
  return [root, ...hierarchies].map((dir) => path.join(dir, POD_CGROUPS)).filter((dir) => existsSync(dir));
}

/** Groups have files that cannot be removed and go with their folder. */
function removeCgroup(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeCgroup(path.join(dir, entry.name));
  try { rmdirSync(dir); } catch { /* a process is still in it; it goes with the host's next start */ }
}

function removeFile(file: string): void {
  rmSync(file, { force: true });
  rmSync(`${file}.kubernode-new`, { force: true });
  for (let dir = path.dirname(file); dir.startsWith('/etc/kube') || dir.endsWith('.service.d'); dir = path.dirname(dir)) removeIfEmpty(dir);
}

function removeIfEmpty(dir: string): void {
  if (existsSync(dir) && lstatSync(dir).isDirectory() && readdirSync(dir).length === 0) rmdirSync(dir);
}

function remove(target: string, report: (what: string) => void): void {
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return;
  rmSync(target, { recursive: true, force: true });
  report(`✓ removed ${target}`);
}

function isOurLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true && readlinkSync(file).startsWith(`${installDir}/`);
}
