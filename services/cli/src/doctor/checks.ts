import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { findCniBinDir, findProgram } from '../host/programs.ts';
import { advice, fault, ok, type Finding } from './finding.ts';

/** Kernel interfaces are read through here, so that tests can give their own. */
export interface HostView {
  uid: number;
  searchPath: string | undefined;
  nodeVersion: string;
  /** ms since 1970. */
  now: number;
  /** The text of a file below /proc or /sys; undefined when it is not there. */
  read(file: string): string | undefined;
}

export function viewHost({ env, now }: { env: Readonly<Record<string, string | undefined>>; now: number }): HostView {
  return {
    uid: process.getuid?.() ?? -1, searchPath: env['PATH'], nodeVersion: process.versions.node, now,
    read(file) { try { return readFileSync(file, 'utf8').trim(); } catch { return undefined; } }, // absent on this kernel: the caller says what follows
  };
}

/** Program → Debian package, for a control plane and for a node. */
const CONTROL_PLANE_PROGRAMS: Readonly<Record<string, string>> = { etcd: 'etcd-server', haproxy: 'haproxy' };
const NODE_PROGRAMS: Readonly<Record<string, string>> = { containerd: 'containerd', ctr: 'containerd', runc: 'runc', iptables: 'iptables', conntrack: 'conntrack', ip: 'iproute2', busybox: 'busybox-static' };

/** The earliest time that a right clock can show: this version's own year. */
const EARLIEST_NOW = Date.UTC(2026, 0, 1);
const DISK_FREE_MIN_BYTES = 2 * 1024 ** 3;
const INOTIFY_INSTANCES_MIN = 512;

export function checkControlPlane(host: HostView, { ownEtcd }: { ownEtcd: boolean }): Finding[] {
  const programs = Object.entries(CONTROL_PLANE_PROGRAMS).filter(([name]) => ownEtcd || name !== 'etcd');
  return [checkNodeVersion(host), checkClock(host), ...programs.map(([name, pkg]) => checkProgram(host, name, pkg)), checkKubectl(host)];
}

export function checkNode(host: HostView): Finding[] {
  return [
    host.uid === 0 ? ok('root', 'runs as root') : fault('root', `runs as user ${host.uid}; a node needs root for containers, network and mounts`, "run it as root, or bring up a control plane alone: 'kubernode up --nodes 0 --simulated-nodes 3'"),
    ...Object.entries(NODE_PROGRAMS).map(([name, pkg]) => checkProgram(host, name, pkg)),
    findCniBinDir() === undefined ? fault('CNI plugins', 'no bridge, host-local, portmap and loopback in /opt/cni/bin or /usr/lib/cni', 'apt-get install containernetworking-plugins') : ok('CNI plugins', findCniBinDir() ?? ''),
    checkIpset(host), checkCgroups(host), checkInotify(host), checkBridgeNetfilter(host), checkSwap(host),
  ];
}

export function checkStateFolder(dir: string): Finding[] {
  const present = nearestPresent(dir);
  try { accessSync(present, constants.W_OK); } catch (error) { return [fault('state folder', `${present} cannot be written: ${errorMessage(error)}`, 'choose another folder with --dir, or run as a user who may write it')]; }
  const { bavail, bsize } = statfsSync(present);
  const free = bavail * bsize;
  return [free < DISK_FREE_MIN_BYTES ? fault('disk', `${Math.floor(free / 1024 ** 2)} MiB free at ${present}`, 'free at least 2 GiB, or choose another folder with --dir') : ok('disk', `${Math.floor(free / 1024 ** 3)} GiB free at ${present}`)];
}

/** Tries each port by listening on it for a moment. */
export async function checkPorts(ports: ReadonlyMap<string, number>): Promise<Finding[]> {
  return Promise.all([...ports].map(async ([what, port]) => {
    const error = await listenError(port);
    return error === undefined ? ok('port', `${port} is free for ${what}`) : fault('port', `port ${port} (${what}) cannot be used: ${error}`, 'stop what listens there, or choose other ports with --secure-port');
  }));
}

function checkNodeVersion({ nodeVersion }: HostView): Finding {
  return Number(nodeVersion.split('.')[0]) >= 20 ? ok('Node.js', nodeVersion) : fault('Node.js', `version ${nodeVersion}`, 'install Node.js 20 or newer');
}

function checkClock({ now }: HostView): Finding {
  return now >= EARLIEST_NOW ? ok('clock', new Date(now).toISOString()) : fault('clock', `it shows ${new Date(now).toISOString()}, so certificates would not be valid`, "set it, for example 'apt-get install chrony' or 'date -s …'");
}

function checkProgram(host: HostView, name: string, pkg: string): Finding {
  const file = findProgram(name, host.searchPath);
  return file === undefined ? fault(name, 'not installed', `apt-get install ${pkg}`) : ok(name, file);
}

/** Without it pods run, but a policy that isolates one of them cannot be enforced. */
function checkIpset({ searchPath }: HostView): Finding {
  const file = findProgram('ipset', searchPath);
  return file === undefined ? advice('ipset', 'not installed; network policies are not enforced', 'apt-get install ipset') : ok('ipset', file);
}

function checkKubectl(host: HostView): Finding {
  const file = findProgram('kubectl', host.searchPath);
  return file === undefined ? advice('kubectl', 'not installed', 'apt-get install kubernetes-client') : ok('kubectl', file);
}

function checkCgroups({ read }: HostView): Finding {
  const unified = read('/sys/fs/cgroup/cgroup.controllers');
  if (unified !== undefined && ['cpu', 'memory', 'pids'].every((one) => unified.split(' ').includes(one))) return ok('cgroups', 'v2');
  return existsSync('/sys/fs/cgroup/memory') && existsSync('/sys/fs/cgroup/cpu') ? ok('cgroups', 'v1') : fault('cgroups', 'neither v2 with cpu, memory and pids nor v1 is mounted', 'mount them, for example by systemd or the package cgroupfs-mount');
}

function checkInotify({ read }: HostView): Finding {
  const limit = Number(read('/proc/sys/fs/inotify/max_user_instances') ?? INOTIFY_INSTANCES_MIN);
  return limit >= INOTIFY_INSTANCES_MIN ? ok('inotify', `${limit} instances`) : advice('inotify', `${limit} instances a user; many pods need more`, `sysctl -w fs.inotify.max_user_instances=${INOTIFY_INSTANCES_MIN}`);
}

function checkBridgeNetfilter({ read }: HostView): Finding {
  const value = read('/proc/sys/net/bridge/bridge-nf-call-iptables');
  if (value === undefined) return fault('br_netfilter', 'not loaded; services would not work between pods of one node', 'modprobe br_netfilter');
  return value === '1' ? ok('br_netfilter', 'on') : advice('br_netfilter', 'off; up will switch it on', 'sysctl -w net.bridge.bridge-nf-call-iptables=1');
}

function checkSwap({ read }: HostView): Finding {
  const lines = (read('/proc/swaps') ?? '').split('\n').length;
  return lines <= 1 ? ok('swap', 'off') : advice('swap', 'on; memory limits of pods are softer than they look', 'swapoff -a');
}

function nearestPresent(dir: string): string {
  let present = path.resolve(dir);
  while (!existsSync(present)) present = path.dirname(present);
  return present;
}

function listenError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? 'another process listens on it' : error.code === 'EACCES' ? 'only root may listen on it' : error.message));
    server.listen(port, '127.0.0.1', () => { server.close(() => resolve(undefined)); });
  });
}
