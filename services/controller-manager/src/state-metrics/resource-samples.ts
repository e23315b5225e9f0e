import { quantityMilliValue, quantityValue } from '@kubernode/apimachinery';
import type { Labels } from '@kubernode/component-base';
import type { Sample } from './family.ts';

type Quantities = Readonly<Record<string, string>>;
type Unit = 'core' | 'byte' | 'integer';

const BYTES: ReadonlySet<string> = new Set(['memory', 'storage', 'ephemeral-storage']);

/** One sample for each resource that has a unit. `pods` counts among a node's resources alone. */
export function resourceSamples(quantities: Quantities | undefined, labels: Labels, { countsPods = false }: { countsPods?: boolean } = {}): readonly Sample[] {
  return Object.entries(quantities ?? {}).flatMap(([resource, quantity]) => {
    const unit = resource === 'pods' && countsPods ? 'integer' : unitOf(resource);
    return unit === undefined ? [] : [{ labels: { ...labels, resource: sanitizeLabel(resource), unit }, value: amountOf(quantity, unit) }];
  });
}

/** A quantity as a number, exact to a thousandth. */
export function amountOf(quantity: string, unit: Unit = 'core'): number {
  return unit === 'core' ? quantityMilliValue(quantity) / 1000 : quantityValue(quantity);
}

function unitOf(resource: string): Unit | undefined {
  if (resource === 'cpu') return 'core';
  if (BYTES.has(resource) || resource.startsWith('hugepages-') || resource.startsWith('attachable-volumes-')) return 'byte';
  const isExtended = resource.includes('/') && !resource.includes('kubernetes.io/') && !resource.startsWith('requests.');
  return isExtended ? 'integer' : undefined;
}

function sanitizeLabel(text: string): string {
  return text.replace(/[^a-zA-Z0-9_]/g, '_');
}
