import { formatMicroTime } from '@kubernode/apimachinery';
import type { coordinationV1 } from '@kubernode/api';

export interface ElectionTimes {
  /** A lease not renewed for this long may be taken. */
  leaseDurationMs: number;
  /** A holder that could not renew for this long stops acting; less than the lease's duration. */
  renewDeadlineMs: number;
  retryPeriodMs: number;
}

/** client-go's. */
export const electionTimes: ElectionTimes = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2000 };

/** A lease as a candidate saw it, with when (on its own clock) it last saw it change: clocks of other machines are not trusted. */
export interface ObservedLease { lease: coordinationV1.Lease; sinceMs: number }

export type Verdict =
  | { action: 'create' }
  | { action: 'renew'; lease: coordinationV1.Lease }
  | { action: 'acquire'; lease: coordinationV1.Lease }
  | { action: 'wait'; ms: number };

/** What a candidate does next. */
export function decide(observed: ObservedLease | undefined, identity: string, nowMs: number, { leaseDurationMs, retryPeriodMs }: ElectionTimes): Verdict {
  if (observed === undefined) return { action: 'create' };
  const { lease, sinceMs } = observed;
  const holder = lease.spec?.holderIdentity ?? '';
  if (holder === identity) return { action: 'renew', lease };
  const expiresMs = sinceMs + Math.max(leaseDurationMs, (lease.spec?.leaseDurationSeconds ?? 0) * 1000);
  if (holder === '' || nowMs >= expiresMs) return { action: 'acquire', lease };
  return { action: 'wait', ms: Math.max(1, Math.min(expiresMs - nowMs, retryPeriodMs * 2)) };
}

/** The spec with which `identity` holds the lease. Transitions count changes of the holder. */
export function heldSpec(before: coordinationV1.LeaseSpec | undefined, identity: string, nowMs: number, { leaseDurationMs }: ElectionTimes): coordinationV1.LeaseSpec {
  const now = formatMicroTime(nowMs);
  const again = before?.holderIdentity === identity;
  const transitions = before?.leaseTransitions ?? 0;
  return {
    ...before,
    holderIdentity: identity,
    leaseDurationSeconds: Math.round(leaseDurationMs / 1000),
    acquireTime: again ? before.acquireTime ?? now : now,
    renewTime: now,
    leaseTransitions: again || before === undefined ? transitions : transitions + 1,
  };
}

/** What a holder writes when it leaves on purpose: nobody holds it, and whoever watches may take it at once. */
export function releasedSpec(before: coordinationV1.LeaseSpec | undefined, nowMs: number): coordinationV1.LeaseSpec {
  const now = formatMicroTime(nowMs);
  return { leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions: before?.leaseTransitions ?? 0, holderIdentity: '' };
}
