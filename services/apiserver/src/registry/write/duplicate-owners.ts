import { repeatedIndexes, type KubeObject } from '@kubernode/apimachinery';

/** Leaves one of owner references that say the same, and warns, as whoever sent them twice may be refused some day. */
export function dropDuplicateOwners({ metadata }: KubeObject, warn: (text: string) => void, { afterAdmission }: { afterAdmission: boolean }): void {
  const references = metadata.ownerReferences ?? [];
  if (references.length < 2) return;
  const repeated = repeatedIndexes(references.map((one) => JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))));
  if (repeated.size === 0) return;
  const dropped = references.filter((_, index) => repeated.has(index)).map(({ uid }) => uid).join(', ');
  metadata.ownerReferences = references.filter((_, index) => !repeated.has(index));
  const when = afterAdmission ? ' after mutating admission happens' : '';
  warn(`.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${dropped}`);
}
