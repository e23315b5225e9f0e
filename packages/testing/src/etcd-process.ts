import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface EtcdProcessOptions {
  /** What KUBERNODE_TEST_ETCD names when absent, or `etcd` of the PATH. */
  binary?: string | undefined;
  /** Further arguments, such as `--quota-backend-bytes=…`; they win over those that are set here. */
  args?: readonly string[] | undefined;
  /** A free port when absent. */
  peerPort?: number | undefined;
}

/** A real etcd on loopback ports of its own, with its data in a temporary folder. Dispose of it when done. */
export interface EtcdProcess extends AsyncDisposable {
  readonly endpoint: string;
  /** As by power failure: SIGKILL, data stay. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data and ports. Resolves when it answers. */
  start(): Promise<void>;
  /** SIGSTOP: keeps its connections, answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Where its data are. */
  readonly folder: string;
}

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

export async function startEtcd({ binary = process.env['KUBERNODE_TEST_ETCD'] ?? 'etcd', args = [], peerPort }: EtcdProcessOptions = {}): Promise<EtcdProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubernode-etcd-'));
  const [client, peer] = await Promise.all([freePort(), peerPort ?? freePort()]);
  const endpoint = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const allArgs = [
    '--name', 'test', '--data-dir', folder, '--listen-client-urls', endpoint, '--advertise-client-urls', endpoint, '--listen-peer-urls', peerUrl,
    '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `test=${peerUrl}`, '--log-level', 'error', ...args,
  ];
  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    running = spawn(binary, allArgs, { stdio: 'ignore' });
    await answers(endpoint, running);
  };
  const kill = async (): Promise<void> => {
    const child = running;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGKILL');
    await exited;
  };
  const end = async (): Promise<void> => { await kill(); await rm(folder, { recursive: true, force: true }); };
  try { await start(); } catch (error) {
    await end();
    throw error;
  }
  return { endpoint, folder, kill, start, freeze: () => void running?.kill('SIGSTOP'), thaw: () => void running?.kill('SIGCONT'), [Symbol.asyncDispose]: end };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function answers(endpoint: string, child: ChildProcess): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (child.exitCode !== null) throw new Error(`etcd ended with ${child.exitCode}`);
    const isHealthy = await fetch(`${endpoint}/health`).then(async (response) => (await response.text()).includes('true'), () => false);
    if (isHealthy) return;
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
  throw new Error('etcd did not answer in time');
}
