import type { coreV1 } from '@kubernode/api';
import { dumpPodTemplate } from './go-dump.ts';

export const TEMPLATE_HASH_LABEL = 'pod-template-hash';

const known = new WeakMap<object, string>(); // templates from informers are never changed, only replaced

/** Whether two templates mean the same pods, the label of their hash aside. Absent and empty are the same. */
export function sameTemplate(a: Readonly<coreV1.PodTemplateSpec>, b: Readonly<coreV1.PodTemplateSpec>): boolean {
  return identityOf(a) === identityOf(b);
}

function identityOf(template: Readonly<coreV1.PodTemplateSpec>): string {
  let identity = known.get(template);
  if (identity === undefined) {
    identity = dumpPodTemplate(withoutHash(template));
    known.set(template, identity);
  }
  return identity;
}

/** The template without the label that its hash left. */
export function withoutHash(template: Readonly<coreV1.PodTemplateSpec>): coreV1.PodTemplateSpec {
  const { [TEMPLATE_HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } as NonNullable<coreV1.PodTemplateSpec['metadata']> }; // a template's metadata has no name
}
