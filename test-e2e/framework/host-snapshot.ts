import { readdirSync, readFileSync } from 'node:fs';
import { run } from './run.ts';

/** What a cluster could leave on a host. */
export interface HostSnapshot { processes: string[]; links: string[]; routes: string[]; chains: string[]; sets: string[]; mounts: string[]; namespaces: string[]; cgroups: string[] }

/** Processes that have the folder in their command line, and what nodes make on the host: links, routes, chains, sets, mounts, namespaces, control groups. */
export async function snapshotHost(dir: string): Promise<HostSnapshot> {
  const lines = async (command: string, ...args: string[]): Promise<string[]> => (await run(command, args, { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } })).stdout.split('\n');
  return {
    processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(commandLine).filter((line) => line.includes(dir) && !line.includes('jest')),
    links: (await lines('ip', '-o', 'link')).map((line) => line.split(': ')[1]?.split('@')[0] ?? '').filter((name) => /^(kn\d|veth)/.test(name)).sort(),
    routes: (await lines('ip', 'route', 'show', 'proto', '107')).filter((line) => line !== ''),
    chains: [...await lines('iptables-save'), ...await lines('ip6tables-save')].filter((line) => /^:(KUBE|KUBERNODE|CNI)-/.test(line)).map((line) => line.split(' ')[0] ?? '').sort(),
    sets: (await lines('ipset', 'list', '-name')).filter((line) => line.startsWith('KUBE-')).sort(),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map((line) => line.split(' ')[4] ?? '').filter((point) => point.includes(dir)),
    namespaces: await emptyNamespaces((await lines('ip', 'netns', 'list')).map((line) => line.split(' ')[0] ?? '').filter((name) => /^(cni-|kn\d)/.test(name)), lines),
    cgroups: readdirSync('/sys/fs/cgroup', { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => readdirSync(`/sys/fs/cgroup/${name}`).filter((group) => group.startsWith('kubernode-')).map((group) => `${name}/${group}`)),
  };
}

/** Those in which nothing runs: what is left of a cluster; others are in use, perhaps by another cluster of this host. */
async function emptyNamespaces(names: readonly string[], lines: (command: string, ...args: string[]) => Promise<string[]>): Promise<string[]> {
  const pids = await Promise.all(names.map(async (name) => (await lines('ip', 'netns', 'pids', name)).join('')));
  return names.filter((_, i) => pids[i] === '').sort();
}

function commandLine(pid: string): string {
  try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '); } catch { return ''; } // it has ended
}
