// etcd with one API server on it, ours or another, as a benchmark needs them: alone, on ports of their own, gone afterwards.
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const TOKEN = 'bench-token';
const START_MS_MAX = 60_000;
const POLL_MS = 10;
const STOP_MS_MAX = 10_000;

export interface RunningServer extends AsyncDisposable {
  name: string;
  url: string;
  pid: number;
  etcdPid: number;
  etcdUrl: string;
  /** From the start of the process until /readyz said ok, on an empty etcd. */
  readyMs: number;
}

export interface ServerSpec {
  name: string;
  /** Program and arguments before the flags that all API servers have in common. */
  command: readonly string[];
  /** Flags of this server alone, given a folder for its files. */
  ownFlags: (folder: string) => readonly string[];
  /** The first of four ports. */
  port: number;
}

export function kubernode(root: string, port: number): ServerSpec {
  return { name: 'kubernode', port, command: [path.join(root, 'bin/kubernode'), 'apiserver'], ownFlags: () => [] };
}

/** Kubernetes' own, which wants to be given keys for service accounts. */
export function kubeApiserver(binary: string, port: number): ServerSpec {
  return {
    name: 'kube-apiserver', port, command: [binary],
    ownFlags: (folder) => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
      const [signing, verifying] = [path.join(folder, 'sa.key'), path.join(folder, 'sa.pub')];
      writeFileSync(signing, privateKey);
      writeFileSync(verifying, publicKey);
      return [`--service-account-key-file=${verifying}`, `--service-account-signing-key-file=${signing}`];
    },
  };
}

/** Starts etcd and the server; both end when the result is disposed of. */
export async function startServer({ name, command, ownFlags, port }: ServerSpec): Promise<RunningServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-bench-'));
  mkdirSync(path.join(folder, 'certs'));
  writeFileSync(path.join(folder, 'tokens.csv'), `${TOKEN},bench,bench-uid,"system:masters"\n`);
  const [etcdUrl, peerUrl, url] = [`http://127.0.0.1:${port + 1}`, `http://127.0.0.1:${port + 2}`, `https://127.0.0.1:${port}`];
  const etcd = spawnLogged(folder, 'etcd', ['etcd', '--data-dir', path.join(folder, 'etcd'), '--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl, '--listen-peer-urls', peerUrl,
    '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`, '--quota-backend-bytes=8000000000']);
  try {
    await until(() => says(`${etcdUrl}/health`, '"health":"true"'), etcd, 'etcd');
    const startedAt = performance.now();
    const server = spawnLogged(folder, name, [...command, `--etcd-servers=${etcdUrl}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', `--cert-dir=${path.join(folder, 'certs')}`, `--token-auth-file=${path.join(folder, 'tokens.csv')}`,
      '--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction', '--service-cluster-ip-range=10.96.0.0/12', '--service-account-issuer=https://kubernetes.default.svc.cluster.local', '--allow-privileged=true', ...ownFlags(folder)]);
    try {
      await until(() => says(`${url}/readyz`, 'ok'), server, name);
    } catch (error) { await stopChild(server); throw error; }
    const readyMs = performance.now() - startedAt;
    return { name, url, pid: server.pid ?? 0, etcdPid: etcd.pid ?? 0, etcdUrl, readyMs, [Symbol.asyncDispose]: async () => { await stopChild(server); await stopChild(etcd); rmSync(folder, { recursive: true, force: true }); } };
  } catch (error) { await stopChild(etcd); throw error; }
}

/** Starts a program whose output goes to NAME.log in a folder. */
export function spawnLogged(folder: string, name: string, [program = '', ...args]: readonly string[]): ChildProcess {
  const log = createWriteStream(path.join(folder, `${name}.log`));
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  child.on('error', (error) => { process.stderr.write(`${program}: ${error.message}\n`); });
  return child;
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(STOP_MS_MAX, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
  await ended;
}

async function until(condition: () => Promise<boolean>, child: ChildProcess, name: string): Promise<void> {
  for (const giveUpAt = performance.now() + START_MS_MAX; !await condition();) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > giveUpAt) throw new Error(`${name} did not start`);
    await sleep(POLL_MS);
  }
}

function says(url: string, wanted: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = url.startsWith('https') ? httpsRequest(url, { rejectUnauthorized: false }) : httpRequest(url);
    request.on('error', () => resolve(false)).on('response', (answer) => {
      let text = '';
      answer.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve(text.includes(wanted)));
    }).end();
  });
}
