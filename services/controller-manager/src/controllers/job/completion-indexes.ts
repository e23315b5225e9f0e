import type { coreV1 } from '@kubernode/api';

export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

/** The indexes of a text such as `0,2-4`; those from `end` on are left out. */
export function parseIndexes(text: string | undefined, end: number): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const [first, last = first] = part.split('-');
    if (first === undefined || last === undefined || !/^\d+$/.test(first) || !/^\d+$/.test(last)) continue;
    for (let index = Number(first); index <= Math.min(Number(last), end - 1); index++) indexes.add(index);
  }
  return indexes;
}

/** As Kubernetes writes them: runs of three and more with a dash, `0,2-4,6,7`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const parts: string[] = [];
  const sorted = [...indexes].sort((a, b) => a - b);
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    for (end = start + 1; end < sorted.length && sorted[end] === (sorted[end - 1] ?? 0) + 1;) end++;
    const [first, last] = [sorted[start] ?? 0, sorted[end - 1] ?? 0];
    parts.push(first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`);
  }
  return parts.join(',');
}

/** The index a pod works on; undefined for pods of jobs without indexes. */
export function indexOf({ metadata }: Readonly<coreV1.Pod>): number | undefined {
  const text = metadata.annotations?.[COMPLETION_INDEX];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
