import { compareQuantities, formatQuantity, parseQuantity, subtractQuantities, zeroQuantity, type Quantity } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { Usage } from '@kubernode/quota';

type Quota = Readonly<coreV1.ResourceQuota>;
type Amounts = Readonly<Record<string, string>> | undefined;

export interface Findings {
  /** What the objects cost that can be seen. */
  counted: Readonly<Usage>;
  /** What was given back since status was written; `counted` is without it. */
  released?: Readonly<Usage>;
  /** What objects cost of some names, found while nothing could be under way. */
  settled?: Readonly<Usage>;
}

/**
 * The status that the quota should have; undefined when it has it. What was charged may belong to objects that do not show yet, so it is only
 * ever lowered by what was given back, or when all has settled; what shows counts in any case, whether it was charged or not. Pure.
 */
export function nextStatus({ spec, status }: Quota, findings: Findings): coreV1.ResourceQuotaStatus | undefined {
  const hard = spec?.hard ?? {};
  const used = Object.fromEntries(Object.keys(hard).flatMap((name) => {
    const amount = nextAmount(name, status?.used?.[name], findings);
    return amount === undefined ? [] : [[name, formatQuantity(amount)] as const];
  }));
  return sameAmounts(hard, status?.hard) && sameAmounts(used, status?.used) ? undefined : { hard, used };
}

function nextAmount(name: string, charged: string | undefined, { counted, released, settled }: Findings): Quantity | undefined {
  const shown = settled?.get(name) ?? counted.get(name);
  if (charged === undefined || settled?.has(name) === true) return shown;
  const rest = subtractQuantities(parseQuantity(charged), released?.get(name) ?? zeroQuantity);
  const least = shown ?? zeroQuantity;
  return compareQuantities(rest, least) > 0 ? rest : least;
}

/** The names of which more is charged than shows. Pure. */
export function surplusNames({ status }: Quota, counted: Readonly<Usage>): string[] {
  return [...counted].filter(([name, amount]) => compareQuantities(parseQuantity(status?.used?.[name] ?? '0'), amount) > 0).map(([name]) => name);
}

/** Names that the quota has not limited before, or that nobody has counted. Pure. */
export function newNames({ spec, status }: Quota): string[] {
  return Object.keys(spec?.hard ?? {}).filter((name) => status?.used?.[name] === undefined);
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
