import type { ObjectMeta } from '@kubernode/apimachinery';

/** Makes deletion wait for whoever takes the finalizer away again. */
export function addFinalizer(metadata: ObjectMeta, finalizer: string): void {
  const finalizers = metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) metadata.finalizers = [...finalizers, finalizer];
}
