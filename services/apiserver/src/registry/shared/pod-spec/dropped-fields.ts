import type { coreV1 } from '@kubernode/api';
import { containersOf } from './container-visitor.ts';

/** Fields of features that Kubernetes 1.36 leaves off are dropped, unless the stored object has them. */
export function dropUnservedFields(spec: coreV1.PodSpec): void {
  delete spec.schedulingGroup;
  for (const [{ lifecycle }] of containersOf(spec, '')) if (lifecycle !== undefined) delete lifecycle.stopSignal;
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
}

export function dropUnservedTemplateFields(template: coreV1.PodTemplateSpec | undefined): void {
  if (template?.spec !== undefined) dropUnservedFields(template.spec);
}
