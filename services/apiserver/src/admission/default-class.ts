import type { KubeObject } from '@kubernode/apimachinery';

/** Of all classes that an annotation makes the default, the newest; of several as new, the first by name. */
export function defaultClass<T extends KubeObject>(classes: Iterable<Readonly<T>>, annotations: readonly string[]): Readonly<T> | undefined {
  let best: Readonly<T> | undefined;
  for (const one of classes) {
    if (!annotations.some((key) => one.metadata.annotations?.[key] === 'true')) continue;
    if (best === undefined || isPreferred(one, best)) best = one;
  }
  return best;
}

function isPreferred({ metadata: a }: Readonly<KubeObject>, { metadata: b }: Readonly<KubeObject>): boolean {
  const newer = Date.parse(a.creationTimestamp ?? '') - Date.parse(b.creationTimestamp ?? '');
  return newer > 0 || (newer === 0 && a.name < b.name);
}
