import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import type { Clock, Rng } from '@kubernode/base';
import { createClient, createHttpsTransport } from '@kubernode/client';
import { UserError, version as build } from '@kubernode/component-base';
import { stringify } from 'yaml';
import type { Progress } from '../cmd/progress.ts';
import { applyFiles, finishHost } from './apply-files.ts';
import { applyUnit } from './apply-units.ts';
import { programPaths, type BundleManifest } from './bundle-manifest.ts';
import { readClusterValues } from './cluster-values.ts';
import { desiredHost, sha256, type DesiredHost } from './desired-host.ts';
import { discoverCluster, type DiscoveredCluster, type JoinCredentials } from './discover-cluster.ts';
import { connectLocally } from './host-connection.ts';
import { installDir } from './host-manifest.ts';
import { observeHost } from './observed-host.ts';
import { planHost } from './plan-host.ts';
import { chartDirOf, renderHosts } from './render-hosts.ts';

export interface JoinInput extends JoinCredentials { name: string; address: string | undefined; executable: string; clock: Clock; rng: Rng; signal: AbortSignal; progress: Progress }

const BOOTSTRAP_KUBECONFIG = '/etc/kubernetes/bootstrap-kubelet.conf';

/** Makes this machine a node of a cluster that it knows by a token. May be called again after an interruption. */
export async function joinNode(input: JoinInput): Promise<void> {
  const { progress, signal, clock, rng } = input;
  const bundle = installedBundle(input.executable);
  const cluster = await progress.step(`cluster at ${input.server}`, () => discoverCluster(input, signal));
  const { values, identities } = await progress.step('what the cluster says of its nodes', () => readValues(cluster, input));
  const host = { name: input.name, address: input.address ?? ownAddress(), roles: ['node'], joins: true, labels: {}, taints: [] };
  const [document] = await renderHosts({ ...values, version: bundle.version, programs: programPaths(bundle), hosts: [host] }, chartDirOf(input.executable), { clock, rng });
  if (document === undefined) throw new Error('broken invariant: the chart renders no host');
  const readPki = (file: string): string => (file === 'ca.crt' ? cluster.ca : identities.get(file) ?? '');
  const desired = withBootstrapKubeconfig({ ...desiredHost(document, { bundle, readPki }), parts: [] }, cluster, input);
  const connection = connectLocally(input.name);
  const observed = await observeHost(connection, desired, signal);
  const clusterName = String(values['clusterName'] ?? '');
  if (observed.manifest !== undefined && (observed.manifest.cluster !== clusterName || observed.manifest.host !== input.name)) throw new UserError(`this machine is ${observed.manifest.host} of the cluster ${observed.manifest.cluster}; 'kubernode uninstall' removes that first`);
  const plan = planHost({ desired, observed, cluster: clusterName });
  await progress.step('node', async () => {
    await applyFiles(connection, plan, { before: observed.manifest, signal });
    for (const planned of plan.units) await applyUnit(connection, { ...planned, version: bundle.version, signal });
    await finishHost(connection, plan, signal);
  });
}

async function readValues({ server, ca }: DiscoveredCluster, { tokenId, tokenSecret, signal }: JoinInput): ReturnType<typeof readClusterValues> {
  const client = createClient({ transport: createHttpsTransport({ server, ca: Buffer.from(ca), token: `${tokenId}.${tokenSecret}` }), userAgent: `kubernode-join/${build.kubernode}` });
  try { return await readClusterValues(client, signal); } finally { client.close(); }
}

/** By it the node agent asks for its certificate. */
function withBootstrapKubeconfig(desired: DesiredHost, { server, ca }: DiscoveredCluster, { tokenId, tokenSecret }: JoinCredentials): DesiredHost {
  const content = stringify({
    apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'cluster', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'bootstrap', user: { token: `${tokenId}.${tokenSecret}` } }], contexts: [{ name: 'bootstrap', context: { cluster: 'cluster', user: 'bootstrap' } }], 'current-context': 'bootstrap',
  });
  return { ...desired, files: [...desired.files, { path: BOOTSTRAP_KUBECONFIG, mode: 0o600, content, sha256: sha256(content), once: false, secret: true }] };
}

/** The bundle that this program is of, as it was unpacked. */
function installedBundle(executable: string): BundleManifest {
  const dir = path.resolve(path.dirname(executable), '..');
  const list = path.join(dir, 'programs.list');
  if (path.dirname(dir) !== installDir || !existsSync(list)) throw new UserError(`join runs from a bundle below ${installDir}: copy one here and unpack it with 'tar -xOf FILE install.sh | sh -s FILE'`);
  const part = (name: string, folder: string): BundleManifest['parts'][number] => ({ name, dir: folder, archive: '', sha256: '' });
  const programs = readFileSync(list, 'utf8').split('\n').filter((line) => line !== '').map((line) => part(path.basename(line).replace(/-[0-9a-f]+$/, ''), line));
  return { formatVersion: 1, version: path.basename(dir), arch: process.arch, parts: [part('kubernode', path.basename(dir)), ...programs] };
}

function ownAddress(): string {
  const address = Object.values(networkInterfaces()).flatMap((list) => list ?? []).find((one) => one.family === 'IPv4' && !one.internal)?.address;
  if (address === undefined) throw new UserError('this machine has no address; name it with --node-ip');
  return address;
}
