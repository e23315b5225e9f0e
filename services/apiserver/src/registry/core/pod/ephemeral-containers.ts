import type { coreV1 } from '@kubernode/api';
import { forbiddenField, goQuote, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { unifiedDiff } from '@kubernode/base';
import { internalText } from '../../shared/go-text/internal-json.ts';
import { annotationUpdateFaults, MIRROR } from '../../shared/pod-spec/pod-annotations.ts';
import { jsonEquals } from '../../write/json-equals.ts';
import { keepMetadata } from './kept-metadata.ts';
import { podFaults, specOf } from './pod-rules.ts';

type Pod = coreV1.Pod & KubeObject;

/** The subresource writes one list and nothing else. */
export function keepAllButEphemeralContainers(pod: Pod, old: Readonly<Pod>): void {
  const containers = pod.spec?.ephemeralContainers;
  pod.spec = structuredClone(specOf(old)) as coreV1.PodSpec; // a private copy
  if (containers === undefined) delete pod.spec.ephemeralContainers;
  else pod.spec.ephemeralContainers = containers;
  if (old.status !== undefined) pod.status = structuredClone(old.status) as coreV1.PodStatus; // as above
  keepMetadata(pod, old);
}

/** Containers for debugging can be added; they never change or leave. */
export function ephemeralContainerFaults(pod: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  if (old.metadata.annotations?.[MIRROR] !== undefined) return [forbiddenField('[]', 'static pods do not support ephemeral containers')];
  const path = 'spec.ephemeralContainers';
  const byName = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  const errors = [...podFaults(pod, old), ...annotationUpdateFaults(pod, old)];
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const container = byName.get(before.name);
    if (container === undefined) errors.push(forbiddenField(path, `existing ephemeral containers ${goQuote(before.name)} may not be removed\n`));
    else if (!jsonEquals(before, container)) {
      const difference = unifiedDiff(internalText('EphemeralContainer', before), internalText('EphemeralContainer', container));
      errors.push(forbiddenField(path, `existing ephemeral containers ${goQuote(before.name)} may not be changed\n${difference}`));
    }
  }
  return errors;
}
