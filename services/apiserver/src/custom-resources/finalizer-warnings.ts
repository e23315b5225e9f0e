import { labelKeyFaults, type KubeObject } from '@kubernode/apimachinery';

const STANDARD: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/** What is said of finalizers that come new with an object. */
export function finalizerWarnings({ metadata }: Readonly<KubeObject>, old: Readonly<KubeObject> | undefined): string[] {
  const known = new Set(old?.metadata.finalizers ?? []);
  return [...new Set(metadata.finalizers)].filter((name) => !known.has(name)).sort().flatMap(warningsOf);
}

function warningsOf(name: string): string[] {
  const place = `metadata.finalizers: ${JSON.stringify(name)}`;
  const warnings = labelKeyFaults(name).map((fault) => `${place}: ${fault}`);
  if (!name.includes('/') && !STANDARD.has(name)) warnings.push(`${place}: prefer a domain-qualified finalizer name ${name.includes('.') ? 'including a path (/) ' : ''}to avoid accidental conflicts with other finalizer writers`);
  return warnings;
}
