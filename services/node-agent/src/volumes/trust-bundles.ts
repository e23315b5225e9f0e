import { X509Certificate } from 'node:crypto';
import { isNotFound, type KubeObject, matchesLabels, selectorFromLabelSelector } from '@kubernode/apimachinery';
import type { coreV1, ResourceRef } from '@kubernode/api';
import { timeLimit, type Clock, type Rng } from '@kubernode/base';
import type { Client, Informer, InformerFactory } from '@kubernode/client';
import { VolumeError } from './volume-error.ts';

export interface ClusterTrustBundle extends KubeObject { spec: { signerName?: string; trustBundle?: string } }

export interface TrustBundles {
  /** The certificates that a projection names, as PEM. Rejects with VolumeError. */
  anchors(projection: coreV1.ClusterTrustBundleProjection): Promise<Buffer>;
}

/** Served only where its feature is switched on, so it is not among the built-in kinds. */
export const TRUST_BUNDLES: ResourceRef<ClusterTrustBundle> = { group: 'certificates.k8s.io', version: 'v1beta1', resource: 'clustertrustbundles', kind: 'ClusterTrustBundle', namespaced: false };
const DISCOVERY_PATH = `/apis/${TRUST_BUNDLES.group}/${TRUST_BUNDLES.version}`;
const SYNC_TIMEOUT_MS = 10_000;

export interface TrustBundlesDeps { client: Pick<Client, 'request'>; informers: Pick<InformerFactory, 'informer'>; clock: Clock; rng: Rng }

/** Trust anchors of the cluster. They are watched from when a pod first asks for some, where the servers have them. */
export function createTrustBundles({ client, informers, clock, rng }: TrustBundlesDeps): TrustBundles {
  let watched: Informer<ClusterTrustBundle> | undefined;
  return {
    async anchors(projection) {
      if (watched === undefined) {
        if (!await isServed(client)) throw new VolumeError('ClusterTrustBundle projection is not supported in static kubelet mode');
        watched = informers.informer(TRUST_BUNDLES);
      }
      using limit = timeLimit({ clock, ms: SYNC_TIMEOUT_MS });
      await watched.synced(limit.signal).catch(() => { throw new VolumeError('ClusterTrustBundle informer has not yet synced'); });
      return anchorsOf(selectBundles(watched.lister.list(), projection), projection, rng);
    },
  };
}

async function isServed(client: Pick<Client, 'request'>): Promise<boolean> {
  try {
    const { status, body } = await client.request({ method: 'GET', path: DISCOVERY_PATH });
    if (status !== 200) return false;
    const { resources = [] } = JSON.parse(body.toString()) as { resources?: readonly { name: string }[] }; // an APIResourceList
    return resources.some(({ name }) => name === TRUST_BUNDLES.resource);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function selectBundles(all: readonly Readonly<ClusterTrustBundle>[], { name, signerName, labelSelector }: coreV1.ClusterTrustBundleProjection): readonly Readonly<ClusterTrustBundle>[] {
  if (name !== undefined) return all.filter(({ metadata }) => metadata.name === name);
  if (signerName === undefined) throw new VolumeError('ClusterTrustBundle projection requires either name or signerName to be set');
  if (labelSelector === undefined) return [];
  const selector = selectorFromLabelSelector(labelSelector);
  return all.filter(({ spec, metadata }) => spec.signerName === signerName && matchesLabels(selector, metadata.labels));
}

/** Each certificate once, in an order that nobody can rely on. */
function anchorsOf(bundles: readonly Readonly<ClusterTrustBundle>[], { name, optional = false }: coreV1.ClusterTrustBundleProjection, rng: Rng): Buffer {
  if (bundles.length === 0 && !optional) {
    throw new VolumeError(name === undefined ? 'combination of signerName and labelSelector matched zero ClusterTrustBundles' : `while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "${name}" not found`);
  }
  const blocks = bundles.flatMap(({ spec }) => spec.trustBundle?.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []);
  const unique = new Map(blocks.map((block) => new X509Certificate(block)).map((certificate) => [certificate.fingerprint256, certificate.toString()]));
  const shuffled = [...unique.values()].map((pem) => ({ pem, order: rng.next() })).sort((a, b) => a.order - b.order);
  return Buffer.from(shuffled.map(({ pem }) => `${pem.trimEnd()}\n`).join(''));
}
