import { readdirSync, readFileSync } from 'node:fs';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { redactValue, runProgram, version } from '@kubernode/component-base';
import type { ClusterConfig } from '../cluster/cluster-config.ts';
import type { Layout } from '../cluster/layout.ts';
import { findProgram } from '../host/programs.ts';
import { FILE_CHARACTERS_MAX } from './collect.ts';
import { linesSince } from './log-lines.ts';
import type { Section } from './section.ts';

const PROGRAM_MS = 15_000;
/** Chains and rules of ours; those of others are nobody's business. */
const OUR_RULES = /^[*#]|^COMMIT|KUBE|KUBERNODE|CNI-/;

/** What this host tells: versions, resources, network. */
export function hostSections(env: Readonly<Record<string, string | undefined>>): Section[] {
  const searchPath = env['PATH'];
  const rules = (name: string): Section[] => ['-legacy', '-nft'].flatMap((kind) => {
    const program = findProgram(`${name}${kind}-save`, searchPath);
    return program === undefined ? [] : [{ path: `host/${name}${kind}-save.txt`, read: async (signal: AbortSignal) => (await outputOf(program, [], signal)).split('\n').filter((line) => OUR_RULES.test(line)).join('\n') }];
  });
  const programs: readonly [file: string, name: string, ...args: string[]][] = [
    ['uname.txt', 'uname', '-a'], ['disks.txt', 'df', '-h'], ['disks-inodes.txt', 'df', '-i'], ['addresses.txt', 'ip', '-brief', 'address'], ['links.txt', 'ip', '-details', 'link'], ['routes.txt', 'ip', 'route', 'show', 'table', 'all'],
    ['conntrack.txt', 'conntrack', '-S'], ['processes.txt', 'ps', '-eo', 'pid,ppid,rss,pcpu,etime,comm'],
  ];
  return [
    { path: 'versions.txt', read: async () => `kubernode ${version.kubernode}\nKubernetes ${version.gitVersion}\nNode ${process.version}\n${await versionsOf(['etcd', 'haproxy', 'containerd', 'runc', 'iptables'], searchPath)}` },
    ...['meminfo', 'loadavg', 'pressure/cpu', 'pressure/memory', 'pressure/io', 'net/snmp'].map((file): Section => ({ path: `host/proc-${file.replaceAll('/', '-')}.txt`, read: async () => readFileSync(`/proc/${file}`, 'utf8') })),
    ...programs.flatMap(([file, name, ...args]): Section[] => { const program = findProgram(name, searchPath); return program === undefined ? [] : [{ path: `host/${file}`, read: (signal) => outputOf(program, args, signal) }]; }),
    ...rules('iptables'), ...rules('ip6tables'),
  ];
}

/** What `kubernode up` keeps of a cluster on this host: its configuration, the state of its processes, their logs. */
export function clusterSections(layout: Layout, { config, sinceMs, env }: { config: ClusterConfig | undefined; sinceMs: number | undefined; env: Readonly<Record<string, string | undefined>> }): Section[] {
  const json = (name: string, file: string): Section => ({ path: name, read: async () => `${JSON.stringify(redactValue(JSON.parse(readFileSync(file, 'utf8'))), undefined, 2)}\n` });
  const logs = existsSync(layout.logsDir) ? readdirSync(layout.logsDir).filter((file) => /\.log(\.\d+)?$/.test(file)).sort() : [];
  const ctr = findProgram('ctr', env['PATH']);
  return [
    ...(config === undefined ? [] : [json('cluster/cluster.json', layout.configFile)]), ...(existsSync(layout.supervisorStatus) ? [json('cluster/processes.json', layout.supervisorStatus)] : []),
    ...(existsSync(layout.haproxyConfig) ? [{ path: 'cluster/haproxy.cfg', read: async () => readFileSync(layout.haproxyConfig, 'utf8') }] : []),
    ...logs.map((file): Section => ({ path: `logs/${file}`, keeps: 'end', read: async () => { const text = tailOf(path.join(layout.logsDir, file)); return sinceMs === undefined ? text : linesSince(text, sinceMs); } })),
    ...Array.from({ length: ctr === undefined ? 0 : config?.nodes ?? 0 }, (_, node) => ['containers', 'tasks'].map((what): Section => ({ path: `nodes/${node}/${what}.txt`, read: (signal) => outputOf(ctr ?? '', [`--address=${layout.containerd(node).socket}`, '--namespace=k8s.io', what, 'list'], signal) }))).flat(),
  ];
}

/** The end of a file that may be large. */
function tailOf(file: string): string {
  const bytes = statSync(file).size;
  const length = Math.min(bytes, FILE_CHARACTERS_MAX);
  const buffer = Buffer.alloc(length);
  const fd = openSync(file, 'r');
  try { readSync(fd, buffer, 0, length, bytes - length); } finally { closeSync(fd); }
  return buffer.toString('utf8');
}

async function outputOf(program: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { status, stdout, stderr } = await runProgram(program, args, { signal, timeoutMs: PROGRAM_MS });
  if (status !== 0 && stdout === '') throw new Error(stderr.trim() === '' ? `status ${status}` : stderr.trim());
  return stdout;
}

async function versionsOf(names: readonly string[], searchPath: string | undefined): Promise<string> {
  const lines = await Promise.all(names.map(async (name) => {
    const program = findProgram(name, searchPath);
    if (program === undefined) return `${name}: not installed`;
    const { stdout, stderr } = await runProgram(program, [name === 'haproxy' ? '-v' : '--version'], { timeoutMs: PROGRAM_MS });
    return `${name}: ${(stdout || stderr).split('\n')[0] ?? ''}`;
  }));
  return `${lines.join('\n')}\n`;
}
