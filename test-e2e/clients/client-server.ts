import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, startEtcd } from '@kubernode/testing';
import { kubernodeCommand } from '../framework/cluster.ts';
import { eventually, run, start } from '../framework/run.ts';

/** One API server on an etcd of its own, and what a client needs to reach it as administrator. */
export interface ClientServer extends AsyncDisposable {
  /** KUBECONFIG, and a HOME that is nobody's. */
  env: { KUBECONFIG: string; HOME: string };
  folder: string;
}

export async function startClientServer(): Promise<ClientServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-clients-'));
  const env = { KUBECONFIG: path.join(folder, 'kubeconfig'), HOME: folder };
  const etcd = await startEtcd();
  const port = await freePort();
  writeFileSync(path.join(folder, 'tokens.csv'), 'secret,admin,1,"system:masters"\n', { mode: 0o600 });
  const config = { apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }], users: [{ name: 'u', user: { token: 'secret' } }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }] };
  writeFileSync(env.KUBECONFIG, JSON.stringify(config), { mode: 0o600 });
  const server = start(kubernodeCommand, ['apiserver', `--etcd-servers=${etcd.endpoint}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', `--cert-dir=${folder}/certs`, `--token-auth-file=${folder}/tokens.csv`, '--authorization-mode=Node,RBAC', '--service-cluster-ip-range=10.96.0.0/16']);
  const stop = async (): Promise<void> => {
    await server.stop();
    await etcd[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try { await eventually('the API server', async () => (await run('kubectl', ['get', '--raw', '/readyz'], { env })).stdout === 'ok'); } catch (error) { await stop(); throw error; }
  return { env, folder, [Symbol.asyncDispose]: stop };
}
