import type { coreV1 } from '@kubernode/api';
import { OWN_CONDITIONS } from './compute-conditions.ts';

/** Fields that are the node agent's; those that are absent are over. What others write there is left alone. */
const FIELDS = [
  'phase', 'observedGeneration', 'reason', 'message', 'hostIP', 'podIP', 'startTime', 'initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses',
  'qosClass', 'resources', 'allocatedResources',
] as const;
/** Lists that the server merges by address: a list that loses one replaces. */
const ADDRESSES = ['podIPs', 'hostIPs'] as const;

/** What makes the status that the server has the wanted one, as a strategic merge patch; undefined when it is that already. */
export function statusPatch(before: coreV1.PodStatus, after: coreV1.PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of FIELDS) if (!isSame(before[field], after[field])) patch[field] = after[field] ?? null;
  for (const field of ADDRESSES) {
    const [old, now] = [before[field] ?? [], after[field] ?? []];
    if (isSame(old, now)) continue;
    patch[field] = old.some(({ ip }) => !now.some((one) => one.ip === ip)) || old.length > now.length ? [{ $patch: 'replace' }, ...now] : now;
  }
  const conditions = conditionsPatch(before.conditions ?? [], after.conditions ?? []);
  if (conditions.length > 0) patch['conditions'] = conditions;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Conditions merge by type: those that differ are sent, and of those that are gone that they are. */
function conditionsPatch(before: readonly coreV1.PodCondition[], after: readonly coreV1.PodCondition[]): unknown[] {
  const changed = after.flatMap((one) => {
    const old = before.find(({ type }) => type === one.type);
    if (old !== undefined && isSame(withoutProbeTime(old), withoutProbeTime(one))) return [];
    const emptied = old === undefined ? [] : (['reason', 'message', 'observedGeneration'] as const).filter((field) => old[field] !== undefined && one[field] === undefined);
    return [{ ...one, ...Object.fromEntries(emptied.map((field) => [field, null])) }];
  });
  const gone = before.filter(({ type }) => OWN_CONDITIONS.has(type) && !after.some((one) => one.type === type)).map(({ type }) => ({ $patch: 'delete', type }));
  return [...changed, ...gone];
}

/** When it was looked at last is not worth a write. */
function withoutProbeTime({ lastProbeTime: _time, ...rest }: coreV1.PodCondition): Omit<coreV1.PodCondition, 'lastProbeTime'> { return rest; }

/** Whether two values say the same: a field that is null, or an empty map, says as much as one that is absent. */
function isSame(a: unknown, b: unknown): boolean { return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b)); }

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value ?? undefined;
  const entries = Object.entries(value).map(([key, one]) => [key, canonical(one)] as const).filter(([, one]) => one !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([x], [y]) => (x < y ? -1 : 1)));
}
