import type { KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from './json-equals.ts';

/** Leaves one of owner references that say the same, and warns, as whoever sent them twice may be refused some day. */
export function dropDuplicateOwners({ metadata }: KubeObject, warn: (text: string) => void, { afterAdmission }: { afterAdmission: boolean }): void {
  const references = metadata.ownerReferences ?? [];
  if (references.length < 2) return;
  const kept = references.filter((one, index) => !references.slice(0, index).some((other) => other.uid === one.uid && jsonEquals(other, one)));
  if (kept.length === references.length) return;
  const dropped = references.filter((one) => !kept.includes(one)).map(({ uid }) => uid).join(', ');
  metadata.ownerReferences = kept;
  const when = afterAdmission ? ' after mutating admission happens' : '';
  warn(`.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${dropped}`);
}
