import { compareQuantities, formatQuantity, parseQuantity } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { Usage } from '@kubernode/quota';

type Quota = Readonly<coreV1.ResourceQuota>;
type Amounts = Readonly<Record<string, string>> | undefined;

/** The status that the quota should have; undefined when it has it. What was said of names that were not counted this time stays. Pure. */
export function nextStatus({ spec, status }: Quota, counted: Readonly<Usage>): coreV1.ResourceQuotaStatus | undefined {
  const hard = spec?.hard ?? {};
  const used = Object.fromEntries(Object.keys(hard).flatMap((name) => {
    const amount = counted.get(name);
    const text = amount === undefined ? status?.used?.[name] : formatQuantity(amount);
    return text === undefined ? [] : [[name, text] as const];
  }));
  return sameAmounts(hard, status?.hard) && sameAmounts(used, status?.used) ? undefined : { hard, used };
}

/** The API server lets nothing in until somebody has counted: quotas of which too little is known come first. Pure. */
export function isUrgent({ spec, status }: Quota, isCounted: (name: string) => boolean): boolean {
  if (!sameAmounts(spec?.hard, status?.hard)) return true;
  return Object.keys(status?.hard ?? {}).some((name) => status?.used?.[name] === undefined && isCounted(name));
}

/** `1` and `1000m` are the same. */
export function sameAmounts(a: Amounts = {}, b: Amounts = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => {
    const [one, other] = [a[name], b[name]];
    return one !== undefined && other !== undefined && compareQuantities(parseQuantity(one), parseQuantity(other)) === 0;
  });
}
