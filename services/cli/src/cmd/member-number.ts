import { UsageError } from '@kubernode/component-base';

/** `etcd-1` or `1` → 1. */
export function memberNumber(given: string): number {
  const [, number] = /^(?:etcd-)?(\d)$/.exec(given) ?? [];
  if (number === undefined) throw new UsageError(`invalid member "${given}": want etcd-0, etcd-1, …`);
  return Number(number);
}
