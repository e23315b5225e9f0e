import type { coreV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import { initContainers, mainContainers, type Pod } from '../../pod/pod-facts.ts';
import type { Payload, PayloadFile } from '../files/atomic-writer.ts';
import type { ServiceAccountTokens } from '../service-account-tokens.ts';
import type { TrustBundles } from '../trust-bundles.ts';
import { joinFaults, VolumeError } from '../volume-error.ts';
import type { VolumeInput, VolumePlugin } from '../volume-plugin.ts';
import { type ApiFilesDeps, createApiFilesPlugin } from './api-files.ts';
import { configMapFiles } from './config-map.ts';
import { downwardFiles } from './downward-api.ts';
import { DEFAULT_MODE } from './pick-files.ts';
import { secretFiles } from './secret.ts';

export interface ProjectedDeps extends ApiFilesDeps { tokens: Pick<ServiceAccountTokens, 'get'>; trustBundles: TrustBundles }

export function createProjectedPlugin(deps: ProjectedDeps): VolumePlugin {
  return createApiFilesPlugin({
    name: 'kubernetes.io/projected',
    supports: ({ inline }) => inline?.projected !== undefined,
    medium: 'Memory',
    payload: ({ inline }, input) => projectedFiles(deps, inline?.projected ?? {}, input),
  }, deps);
}

/** The files of all sources; later ones take the place of earlier ones. */
async function projectedFiles(deps: ProjectedDeps, { sources = [], defaultMode: mode = DEFAULT_MODE }: coreV1.ProjectedVolumeSource, input: VolumeInput): Promise<Payload> {
  const results = await Promise.allSettled(sources.map((source) => sourceFiles(deps, source, { ...input, mode })));
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [errorMessage(result.reason)] : []));
  if (faults.length > 0) throw new VolumeError(joinFaults(faults));
  return new Map(results.flatMap((result) => (result.status === 'fulfilled' ? [...result.value] : [])));
}

async function sourceFiles(deps: ProjectedDeps, source: coreV1.VolumeProjection, { mode, ...input }: VolumeInput & { mode: number }): Promise<Payload> {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  if (secret) return secretFiles(secret, { data: input.data, mode });
  if (configMap) return configMapFiles(configMap, { data: input.data, mode });
  if (downwardAPI) return downwardFiles(downwardAPI.items ?? [], { facts: input.facts, mode });
  if (serviceAccountToken) {
    const { token } = await deps.tokens.get(input.pod, serviceAccountToken);
    return new Map([[serviceAccountToken.path, { data: Buffer.from(token), ...privateAccess(input.pod, mode) }]]);
  }
  if (clusterTrustBundle) return new Map([[clusterTrustBundle.path, { data: await deps.trustBundles.anchors(clusterTrustBundle), ...privateAccess(input.pod, mode) }]]);
  if (podCertificate) throw new VolumeError('unimplemented'); // as the kubelet says where the API is not served
  return new Map();
}

/** Credentials are their reader's alone, where the reader is known. */
function privateAccess(pod: Pod, mode: number): Pick<PayloadFile, 'mode' | 'uid'> {
  const uid = commonUser(pod);
  return { mode: uid === undefined && pod.spec?.securityContext?.fsGroup === undefined ? mode : 0o600, uid };
}

/** The user that all containers run as. */
export function commonUser(pod: Pod): number | undefined {
  const users = new Set([...initContainers(pod), ...mainContainers(pod)].map(({ securityContext }) => securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser));
  const [user] = users;
  return users.size === 1 ? user : undefined;
}
