import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage, type Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { createEtcdAdmin, createEtcdClient, type EtcdAdmin, type EtcdClient } from '@kubernode/rpc';
import type { Founding } from './founding-members.ts';

/** An etcd of one member that nobody else can reach: on sockets in a folder that only its user may enter. */
export interface ScratchEtcd extends AsyncDisposable { client: EtcdClient; admin: EtcdAdmin; endpoint: string }

export interface ScratchEtcdOptions {
  program: string;
  dataDir: string;
  /** Beside those that make it a scratch one. */
  args?: readonly string[];
  clock: Clock;
  signal: AbortSignal;
}

/** It reads all keys before it answers. */
const START_TIMEOUT_MS = 120_000;
const STATUS_TIMEOUT_MS = 1_000;
const POLL_MS = 50;
const STOP_MS = 10_000;
const LOG_CHARACTERS_MAX = 4_000;
/** Names of sockets below its working folder: etcd before 3.5 takes no paths. */
const CLIENT_SOCKET = 'client:0', PEER_SOCKET = 'peer:0';
/** Nobody is told these; etcd wants some that are not sockets. */
const ADVERTISED = { client: 'http://localhost:2379', peer: 'http://localhost:2380' };

/** Whose data folders a scratch one starts on. */
export const SCRATCH: Founding & { name: string } = { name: 'scratch', members: [{ name: 'scratch', peerUrls: [ADVERTISED.peer] }], token: 'scratch' };

/** Starts etcd on a data folder that it may change; resolves when it serves. UserError with its own words when it does not start. */
export async function startScratchEtcd({ program, dataDir, args = [], clock, signal }: ScratchEtcdOptions): Promise<ScratchEtcd> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-etcd-')); // 0700
  const endpoint = `unix://${path.join(folder, CLIENT_SOCKET)}`;
  const child = spawn(program, [
    `--name=${SCRATCH.name}`, `--data-dir=${path.resolve(dataDir)}`, `--listen-client-urls=unix://${CLIENT_SOCKET}`, `--listen-peer-urls=unix://${PEER_SOCKET}`, `--advertise-client-urls=${ADVERTISED.client}`,
    `--initial-advertise-peer-urls=${ADVERTISED.peer}`, `--initial-cluster=${SCRATCH.name}=${ADVERTISED.peer}`, `--initial-cluster-token=${SCRATCH.token}`, '--logger=zap', '--log-level=error', '--quota-backend-bytes=17179869184', ...args,
  ], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] } });
  const log = keepLog(child);
  const [client, admin] = [createEtcdClient({ endpoints: [endpoint] }), createEtcdAdmin({ endpoints: [endpoint] })];
  const etcd: ScratchEtcd = {
    client, admin, endpoint,
    async [Symbol.asyncDispose]() {
      client.close();
      admin.close();
      await stop(child, clock);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try { await untilServing(etcd, { child, log, clock, signal }); } catch (error) {
    await etcd[Symbol.asyncDispose]();
    throw error;
  }
  return etcd;
}

async function untilServing({ admin, endpoint }: ScratchEtcd, { child, log, clock, signal }: { child: ChildProcess; log: () => string; clock: Clock; signal: AbortSignal }): Promise<void> {
  const deadline = clock.monotonicNow() + START_TIMEOUT_MS;
  for (;;) {
    if (hasEnded(child)) throw new UserError(`etcd does not start on the data: ${log()}`);
    const failure: unknown = await admin.status(endpoint, { signal, timeoutMs: STATUS_TIMEOUT_MS }).then(({ leader }) => (leader === 0n ? 'it has no leader' : undefined), (error: unknown) => error);
    if (failure === undefined) return;
    signal.throwIfAborted();
    if (clock.monotonicNow() > deadline) throw new UserError(`etcd does not serve the data within ${START_TIMEOUT_MS / 1000} s: ${errorMessage(failure)}; ${log()}`);
    await clock.sleep(POLL_MS, { signal });
  }
}

/** The end of what it says. */
function keepLog(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => { text = (text + piece).slice(-LOG_CHARACTERS_MAX); });
  child.on('error', (error) => { text = `${text}\n${error.message}`; });
  return () => text.trim().split('\n').at(-1) ?? '';
}

async function stop(child: ChildProcess, clock: Clock): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
  child.kill('SIGTERM');
  using patience = clock.after(STOP_MS, () => child.kill('SIGKILL'));
  void patience;
  await ended;
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean { return pid === undefined || exitCode !== null || signalCode !== null; }
