import { fnv32a, safeEncode } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { dumpPodTemplate } from './go-dump.ts';

/** The label value by which a Deployment's ReplicaSets are told apart: Kubernetes' own, so that clusters may be moved between the two. */
export function podTemplateHash(template: coreV1.PodTemplateSpec, collisionCount?: number): string {
  const dump = Buffer.from(dumpPodTemplate(template));
  if (collisionCount === undefined) return safeEncode(String(fnv32a(dump)));
  const count = Buffer.alloc(8); // Kubernetes writes 32 bits into a buffer of 64
  count.writeUInt32LE(collisionCount);
  return safeEncode(String(fnv32a(Buffer.concat([dump, count]))));
}
