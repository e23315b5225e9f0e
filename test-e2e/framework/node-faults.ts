import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import type { TestCluster } from './cluster.ts';
import { eventually, run } from './run.ts';

const withSbin = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

async function must(command: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, { env: withSbin });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Says who connects first to port 8080. */
const FIRST_CLIENT = "require('node:net').createServer((socket) => { process.stdout.write(socket.remoteAddress); socket.destroy(); process.exit(); }).listen(8080, '0.0.0.0')";

/** A machine that is no node, on the same link as the cluster's nodes. */
export interface OutsideClient extends AsyncDisposable {
  /** What a URL answers; undefined where nothing does within two seconds. */
  fetch(url: string): Promise<string | undefined>;
  readonly address: string;
  /** From which address a request for its port 8080 comes that the given action makes. */
  seenFrom(action: () => Promise<unknown>): Promise<string | undefined>;
}

export async function outsideClient(securePort: number, hostAddress: string): Promise<OutsideClient> {
  const [name, link] = [`kn${securePort}-out`, `kn${securePort}out`];
  await must('ip', 'netns', 'add', name);
  await must('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await must('ip', 'link', 'set', link, 'master', `kn${securePort}`, 'up');
  const address = hostAddress.replace(/\d+$/, '200');
  await must('ip', '-netns', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  await must('ip', '-netns', name, 'link', 'set', 'eth0', 'up');
  return {
    address,
    async seenFrom(action) {
      const server = run('nsenter', [`--net=/run/netns/${name}`, process.execPath, '-e', FIRST_CLIENT], { env: withSbin, timeoutMs: 20_000 });
      await eventually('a listening server', async () => (await must('ip', 'netns', 'exec', name, 'cat', '/proc/net/tcp')).includes(':1F90 '));
      await action();
      return (await server).stdout.trim() || undefined;
    },
    async fetch(url) {
      const { status, stdout } = await run('nsenter', [`--net=/run/netns/${name}`, 'timeout', '2', 'busybox', 'wget', '-q', '-O', '-', url], { env: withSbin });
      return status === 0 ? stdout.trim() : undefined;
    },
    async [Symbol.asyncDispose]() {
      await run('ip', ['link', 'delete', link], { env: withSbin });
      await run('ip', ['netns', 'delete', name], { env: withSbin });
    },
  };
}

/** Ends all that runs on a further node at once, and takes its network away for good, as if its machine had burnt. */
export async function loseNode(cluster: TestCluster, node: number): Promise<void> {
  const name = `kn${cluster.securePort}-${node}`;
  const inode = statSync(`/run/netns/${name}`).ino;
  await must('ip', 'netns', 'delete', name); // before the processes end: whoever would start them again finds no place for them
  await must('ip', 'link', 'delete', `kn${cluster.securePort}n${node}`);
  await eventually('the end of the node', () => {
    const pids = [...processesOf(cluster, node), ...processesIn(inode)];
    for (const pid of pids) kill(pid, 'SIGKILL');
    return Promise.resolve(pids.length === 0);
  });
}

/** Stops all that runs on a further node where it stands. Returns what lets it go on. */
export function pauseNode(cluster: TestCluster, node: number): () => void {
  const pids = [...new Set([...processesIn(statSync(`/run/netns/kn${cluster.securePort}-${node}`).ino), ...processesOf(cluster, node)])];
  for (const pid of pids) kill(pid, 'SIGSTOP');
  return () => { for (const pid of pids) kill(pid, 'SIGCONT'); };
}

/** The containers of a node's pods, by its control group. */
function processesOf(cluster: TestCluster, node: number): number[] {
  const pids = (dir: string): number[] => {
    try {
      const below = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap((entry) => pids(path.join(dir, entry.name)));
      return [...below, ...readFileSync(path.join(dir, 'cgroup.procs'), 'utf8').split('\n').filter((line) => line !== '').map(Number)];
    } catch { return []; } // a pod's group that ended meanwhile, or a hierarchy that the host has not
  };
  return ['pids', ''].flatMap((hierarchy) => pids(path.join('/sys/fs/cgroup', hierarchy, `kubernode-${cluster.securePort}-${node}`)));
}

/** Node agent, runtime and what they started in the node's network namespace. */
function processesIn(netns: number): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try { return readlinkSync(`/proc/${pid}/ns/net`) === `net:[${netns}]`; } catch { return false; } // it has ended
  });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try { process.kill(pid, signal); } catch { /* it has ended, which is as good */ }
}
