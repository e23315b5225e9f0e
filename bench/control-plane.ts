// An API server on etcd, ours or Kubernetes', and the processes that work on it: schedulers and controller managers.
import { createAuthority, issueCertificate, type KeyPair } from '@kubernode/component-base';
import { seededRng } from '@kubernode/base';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { kubeApiserver, kubernode, spawnLogged, startServer, stopChild, type RunningServer } from './servers.ts';

const HOURS_MS = 4 * 3_600_000;
/** As scheduler_perf: the client's own limit is not what is measured. */
const CLIENT_QPS = 5_000;

export interface Binaries { root: string; kubeApiserver?: string | undefined; kubeScheduler?: string | undefined; kubeControllerManager?: string | undefined }

export interface ControlPlane extends AsyncDisposable {
  readonly server: RunningServer;
  /** Starts a process that acts on the server; `grpc` for those of ours that come that way. */
  scheduler(whose: Whose): RunningProcess;
  controllerManager(whose: Whose, flags?: readonly string[]): RunningProcess;
}
/** Ours over gRPC, ours over HTTPS, Kubernetes'. */
export type Whose = 'kubernode' | 'https' | 'kubernetes';
export interface RunningProcess extends AsyncDisposable { readonly pid: number }

/** `port` is the first of ten. */
export async function startControlPlane(whose: 'kubernode' | 'kubernetes', binaries: Binaries, port: number): Promise<ControlPlane> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-plane-'));
  const files = await writeCertificates(folder);
  const tls = [`--client-ca-file=${files.ca}`, `--tls-cert-file=${files.serverCert}`, `--tls-private-key-file=${files.serverKey}`];
  const grpcPort = port + 3;
  const spec = whose === 'kubernode' ? kubernode(binaries.root, port) : kubeApiserver(needed(binaries.kubeApiserver, 'KUBE_APISERVER'), port);
  const server = await startServer({ ...spec, ownFlags: (own) => [...spec.ownFlags(own), ...tls, ...(whose === 'kubernode' ? [`--grpc-port=${grpcPort}`] : [])] });
  const kubeconfig = path.join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority': files.ca } }], users: [{ name: 'u', user: { 'client-certificate': files.clientCert, 'client-key': files.clientKey } }] }));
  const ours = (command: string, how: Whose, flags: readonly string[]): RunningProcess => launch(folder, command, [
    path.join(binaries.root, 'bin/kubernode'), command, '--secure-port=0', '--leader-elect=false', ...flags,
    ...(how === 'kubernode' ? [`--server-grpc=127.0.0.1:${grpcPort}`, `--server-ca-file=${files.ca}`, `--client-certificate=${files.clientCert}`, `--client-key=${files.clientKey}`] : [`--kubeconfig=${kubeconfig}`]),
  ]);
  return {
    server,
    scheduler: (how) => (how === 'kubernetes' ? launch(folder, 'kube-scheduler', [needed(binaries.kubeScheduler, 'KUBE_SCHEDULER'), `--config=${schedulerConfiguration(folder, kubeconfig)}`, `--secure-port=${port + 4}`, '--bind-address=127.0.0.1']) : ours('scheduler', how, [])),
    controllerManager: (how, flags = []) => (how === 'kubernetes' ? launch(folder, 'kube-controller-manager', [needed(binaries.kubeControllerManager, 'KUBE_CONTROLLER_MANAGER'), `--kubeconfig=${kubeconfig}`, '--leader-elect=false', `--kube-api-qps=${CLIENT_QPS}`, `--kube-api-burst=${CLIENT_QPS}`, `--secure-port=${port + 5}`, '--bind-address=127.0.0.1', ...flags]) : ours('controller-manager', how, flags)),
    async [Symbol.asyncDispose]() { await server[Symbol.asyncDispose](); rmSync(folder, { recursive: true, force: true }); },
  };
}

function launch(folder: string, name: string, command: readonly string[]): RunningProcess {
  const child = spawnLogged(folder, name, command);
  return { pid: child.pid ?? 0, [Symbol.asyncDispose]: () => stopChild(child) };
}

function schedulerConfiguration(folder: string, kubeconfig: string): string {
  const file = path.join(folder, 'scheduler.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration', clientConnection: { kubeconfig, qps: CLIENT_QPS, burst: CLIENT_QPS }, leaderElection: { leaderElect: false } }));
  return file;
}

interface CertificateFiles { ca: string; serverCert: string; serverKey: string; clientCert: string; clientKey: string }

async function writeCertificates(folder: string): Promise<CertificateFiles> {
  const making = { now: Date.now(), rng: seededRng(Date.now()) };
  const authority = await createAuthority({ commonName: 'bench-ca', lifetimeMs: HOURS_MS }, making);
  const server = await issueCertificate(authority, { commonName: 'kube-apiserver', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], usages: ['server'], lifetimeMs: HOURS_MS }, making);
  const client = await issueCertificate(authority, { commonName: 'bench', organizations: ['system:masters'], usages: ['client'], lifetimeMs: HOURS_MS }, making);
  const write = (name: string, text: string): string => { const file = path.join(folder, name); writeFileSync(file, text, { mode: 0o600 }); return file; };
  const pair = (name: string, { certificate, key }: KeyPair): [string, string] => [write(`${name}.crt`, certificate), write(`${name}.key`, key)];
  const [serverCert, serverKey] = pair('server', server);
  const [clientCert, clientKey] = pair('client', client);
  return { ca: write('ca.crt', authority.certificate), serverCert, serverKey, clientCert, clientKey };
}

function needed(file: string | undefined, variable: string): string {
  if (file === undefined) throw new Error(`${variable} has to name a binary`);
  return file;
}

/** Binaries that the environment names. */
export function binariesOf(env: NodeJS.ProcessEnv): Binaries {
  return { root: path.join(import.meta.dirname, '..'), kubeApiserver: env['KUBE_APISERVER'], kubeScheduler: env['KUBE_SCHEDULER'], kubeControllerManager: env['KUBE_CONTROLLER_MANAGER'] };
}
