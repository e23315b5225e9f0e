import { createHash } from 'node:crypto';
import { decodeYaml, dnsLabelFaults, dnsSubdomainName, invalidValue, required, duplicate, type FieldError, schemaSet, formatFieldErrors } from '@kubernode/apimachinery';
import { type coreV1, schemas } from '@kubernode/api';
import { allContainers, type Pod } from '../pod/pod-facts.ts';
import { sourceAnnotations } from '../pod/pod-origin.ts';
import { apiReference } from './api-reference.ts';
import { defaultStaticPod } from './default-static-pod.ts';

/** Why a manifest makes no pod, in the kubelet's words. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

export interface ManifestInput { text: string; file: string; nodeName: string; /** RFC 3339. */ seenAt: string }

const kinds = schemaSet({ resolve: (name) => schemas[name] });
const NO_EXECUTE = 'NoExecute';

/** The pod that a file describes, as this node runs it: its name ends in the node's, its uid follows from its content. @throws ManifestError */
export function parseManifest({ text, file, nodeName, seenAt }: ManifestInput): Pod {
  const pod = decodePod(text, file);
  if (!pod.metadata?.name) throw new ManifestError('invalid pod: name is needed for the pod');
  const uid = pod.metadata.uid || hashOf({ pod, file, nodeName });
  const spec = defaultStaticPod({ ...pod.spec, containers: (pod.spec?.containers as coreV1.Container[] | null | undefined) ?? [] }); // an empty list is null by then
  const complete: coreV1.Pod = {
    ...pod, apiVersion: 'v1', kind: 'Pod',
    metadata: {
      ...pod.metadata, uid, name: `${pod.metadata.name}-${nodeName.toLowerCase()}`, namespace: pod.metadata.namespace || 'default',
      annotations: { ...pod.metadata.annotations, [sourceAnnotations.hash]: uid, [sourceAnnotations.source]: 'file', [sourceAnnotations.seen]: seenAt },
    },
    spec: { ...spec, nodeName, tolerations: withNoExecute(spec.tolerations ?? []) },
    status: { phase: 'Pending' },
  };
  const faults = validate(complete);
  if (faults.length > 0) throw new ManifestError(`invalid pod: ${formatFieldErrors(faults)}`);
  const reference = apiReference(complete);
  if (reference !== undefined) throw new ManifestError(`static pods may not reference ${reference}`);
  return complete;
}

type PartialPod = Partial<coreV1.Pod>;

function decodePod(text: string, file: string): PartialPod {
  try {
    const { value } = decodeYaml(text); // JSON is YAML
    const { kind, apiVersion } = (value ?? {}) as { kind?: unknown; apiVersion?: unknown }; // whatever the file says; checked here
    if (kind !== 'Pod' || apiVersion !== 'v1') throw new ManifestError(`no kind "Pod" in version "v1", but ${JSON.stringify(kind)} in ${JSON.stringify(apiVersion)}`);
    return kinds('io.k8s.api.core.v1.Pod')?.normalise(value).object as PartialPod; // of that schema
  } catch (error) {
    throw new ManifestError(`${file}: couldn't parse as pod(${error instanceof Error ? error.message : String(error)}), please check config file`, { cause: error });
  }
}

/** The same file on another node, or under another name, is another pod. */
function hashOf({ pod, file, nodeName }: { pod: PartialPod; file: string; nodeName: string }): string {
  return createHash('sha256').update(`${JSON.stringify(pod)}\nhost:${nodeName}\nfile:${file}`).digest('hex').slice(0, 32);
}

/** Static pods stay when the node has problems. */
function withNoExecute(tolerations: readonly coreV1.Toleration[]): coreV1.Toleration[] {
  const others = tolerations.filter(({ key, operator, effect }) => key !== undefined || operator !== 'Exists' || effect !== NO_EXECUTE);
  return [...others, { operator: 'Exists', effect: NO_EXECUTE }];
}

/** What the node itself cannot do without; the API server checks all else when the mirror pod is made. */
function validate(pod: Pod): FieldError[] {
  const { name, namespace = '' } = pod.metadata;
  const names = new Set<string>();
  return [
    ...dnsSubdomainName(name).map((fault) => invalidValue('metadata.name', name, fault)),
    ...dnsLabelFaults(namespace).map((fault) => invalidValue('metadata.namespace', namespace, fault)),
    ...((pod.spec?.containers ?? []).length === 0 ? [required('spec.containers')] : []),
    ...allContainers(pod).flatMap((container): FieldError[] => {
      const again = names.has(container.name);
      names.add(container.name);
      return [
        ...(again ? [duplicate('spec.containers.name', container.name)] : dnsLabelFaults(container.name).map((fault) => invalidValue('spec.containers.name', container.name, fault))),
        ...(container.image ? [] : [required('spec.containers.image')]),
      ];
    }),
    ...((pod.spec?.ephemeralContainers ?? []).length > 0 ? [invalidValue('spec.ephemeralContainers', '', 'ephemeral containers not allowed in create')] : []),
  ];
}
