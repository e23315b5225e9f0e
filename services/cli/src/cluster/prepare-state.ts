import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import { replaceFileSync } from '@kubernode/component-base';
import { hostLacksSysResource } from '../host/capabilities.ts';
import type { PlannedCertificate } from '../certificates/certificate-plan.ts';
import type { Issued } from '../certificates/issue-certificates.ts';
import { readPair } from '../certificates/pki-folder.ts';
import { clusterCertificates, ensureClusterCertificates } from './cluster-certificates.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { renderContainerdConfig } from './containerd-config.ts';
import { renderHaproxyConfig } from './haproxy-config.ts';
import { buildKubeconfig, mergeKubeconfig, readKubeconfig, removeFromKubeconfig, writeKubeconfig, type Kubeconfig } from './kubeconfig.ts';
import type { Layout } from './layout.ts';
import { nodeBridge } from './node-place.ts';
import { planPorts } from './port-plan.ts';
import { kubeconfigOf } from './process-plan.ts';

export interface StateInput { layout: Layout; config: ClusterConfig; nodeNames: readonly string[]; clock: Clock; rng: Rng }

/** Makes those of the folder's certificates that are missing or not good any more, and those that `force` names; returns what was made. */
export function prepareCertificates({ layout, config, nodeNames, clock, rng }: StateInput, force?: (planned: PlannedCertificate) => boolean): Promise<readonly Issued[]> {
  mkdirSync(layout.dir, { recursive: true, mode: 0o755 });
  return ensureClusterCertificates({ layout, config, nodeNames, options: { now: clock.now(), rng }, ...(force && { force }) });
}

/** Writes all that processes read: kubeconfigs, HAProxy's and containerd's configuration. */
export function prepareConfiguration({ layout, config, nodeNames }: Omit<StateInput, 'clock' | 'rng'>, cniBinDir: string): void {
  const ports = planPorts(config.securePort);
  writeKubeconfigs({ layout, config, nodeNames });
  replaceFileSync(layout.haproxyConfig, renderHaproxyConfig({ ports, replicas: config.replicas, bindAddress: config.nodes > 0 ? '0.0.0.0' : '127.0.0.1' }), { mode: 0o644 });
  nodeNames.forEach((_, node) => {
    const containerd = layout.containerd(node);
    mkdirSync(layout.cniConfDir(node), { recursive: true }); // containerd watches it, so it has to be there first
    mkdirSync(layout.kubeletRoot(node), { recursive: true, mode: 0o750 });
    replaceFileSync(containerd.config, renderContainerdConfig({ ...containerd, cniBinDir, cniConfDir: layout.cniConfDir(node), restrictOomScore: hostLacksSysResource() }), { mode: 0o644 });
  });
}

/** Those of the components and the administrator's, with certificates and authorities as the folder has them now; a file that is as it should be is not written. */
export function writeKubeconfigs({ layout, config, nodeNames }: Omit<StateInput, 'clock' | 'rng'>): void {
  const server = `grpcs://${nodeBridge(config)?.address ?? '127.0.0.1'}:${planPorts(config.securePort).frontGrpc}`; // further nodes have a loopback of their own
  for (const { name, inKubeconfig, request } of clusterCertificates(config, nodeNames)) {
    if (inKubeconfig && name !== 'admin') writeKubeconfig(kubeconfigOf(layout, name), kubeconfigFor({ layout, config, file: name, user: request.commonName, server }));
  }
  writeKubeconfig(layout.adminKubeconfig, adminKubeconfig(layout, config));
}

function kubeconfigFor({ layout, config, file, user, server }: { layout: Layout; config: ClusterConfig; file: string; user: string; server: string }): Kubeconfig {
  const client = readPair(layout.pki(''), file);
  if (!client) throw new Error(`broken invariant: the certificate ${file} was not made`);
  return buildKubeconfig({ name: config.name, user, server, ca: readFileSync(layout.pki('ca.crt'), 'utf8'), client, ...(server.startsWith('grpcs:') && { tlsServerName: 'localhost' }) });
}

function adminKubeconfig(layout: Layout, config: ClusterConfig): Kubeconfig {
  return kubeconfigFor({ layout, config, file: 'admin', user: `${config.name}-admin`, server: `https://127.0.0.1:${config.securePort}` });
}

const userKubeconfig = (env: Readonly<Record<string, string | undefined>>): string => path.join(env['HOME'] ?? homedir(), '.kube', 'config');

/**
 * Adds the cluster's context to the user's own kubeconfig and touches nothing else in it. Returns why it could not: a home that cannot be written
 * is no reason to do without a cluster.
 */
export function mergeIntoUserKubeconfig(layout: Layout, config: ClusterConfig, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = userKubeconfig(env);
  try { writeKubeconfig(file, mergeKubeconfig(readKubeconfig(file), adminKubeconfig(layout, config))); } catch (error) { return errorMessage(error); }
  return undefined;
}

/** Brings the cluster's entries in the user's kubeconfig up to date where they are; where the user has removed them nothing is added. Returns why it could not. */
export function refreshUserKubeconfig(layout: Layout, config: ClusterConfig, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = userKubeconfig(env);
  try {
    const ours = adminKubeconfig(layout, config);
    const present = readKubeconfig(file);
    const isOurs = present.users.some((one) => one.name === ours.users[0]?.name) && present.clusters.some((one) => one.name === config.name && JSON.stringify(one).includes(`127.0.0.1:${config.securePort}`));
    if (existsSync(file) && isOurs) writeKubeconfig(file, mergeKubeconfig(present, ours));
  } catch (error) { return errorMessage(error); }
  return undefined;
}

/** Undoes mergeIntoUserKubeconfig; leaves a file alone that is not there or cannot be read. */
export function removeFromUserKubeconfig(layout: Layout, config: ClusterConfig, env: Readonly<Record<string, string | undefined>>): void {
  const file = userKubeconfig(env);
  if (!existsSync(file) || !readPair(layout.pki(''), 'admin')) return;
  const before = readKubeconfig(file);
  const after = removeFromKubeconfig(before, adminKubeconfig(layout, config));
  if (JSON.stringify(after) !== JSON.stringify(before)) writeKubeconfig(file, after);
}
