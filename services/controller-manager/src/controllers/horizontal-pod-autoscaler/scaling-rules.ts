import type { autoscalingV2 } from '@kubernode/api';

type Rules = Readonly<autoscalingV2.HPAScalingRules>;

/** How many replicas were added or taken away, and when. */
export interface ScaleEvent { change: number; atMs: number }

/** What was done lately, both ways. */
export interface ScaleEvents { ups: readonly ScaleEvent[]; downs: readonly ScaleEvent[] }

export interface Limited { replicas: number; reason: string; message: string }

/** The bounds of a step, and where it starts. */
export interface Bounds { min: number; max: number; current: number }

const UP_FACTOR = 2;
const UP_MIN = 4;
const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

const WITHIN = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' } as const;
const TOO_MANY = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' } as const;
const TOO_FEW = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' } as const;
const UP_LIMIT = { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' } as const;
const DOWN_LIMIT = { reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' } as const;

/** Without a behaviour of its own, an autoscaler may at most double the replicas, or make four. */
export function limitedByDefault(desired: number, { min, max, current }: Bounds): Limited {
  const upLimit = Math.max(UP_FACTOR * current, UP_MIN);
  if (desired < min) return { replicas: min, ...TOO_FEW };
  if (desired > Math.min(max, upLimit)) return max > upLimit ? { replicas: upLimit, ...UP_LIMIT } : { replicas: max, ...TOO_MANY };
  return { replicas: desired, ...WITHIN };
}

/** With one, the policies say how much may change within how long. */
export function limitedByRules(desired: number, { min, max, current }: Bounds, { up, down, events, nowMs }: { up: Rules; down: Rules; events: ScaleEvents; nowMs: number }): Limited {
  if (desired > current) {
    const upLimit = Math.max(current, upLimitOf(up, current, events, nowMs));
    if (desired > Math.min(max, upLimit)) return max > upLimit ? { replicas: upLimit, ...UP_LIMIT } : { replicas: max, ...TOO_MANY };
  } else if (desired < current) {
    const downLimit = Math.min(current, downLimitOf(down, current, events, nowMs));
    if (desired < Math.max(min, downLimit)) return min < downLimit ? { replicas: downLimit, ...DOWN_LIMIT } : { replicas: min, ...TOO_FEW };
  }
  return { replicas: desired, ...WITHIN };
}

function upLimitOf({ selectPolicy, policies = [] }: Rules, current: number, events: ScaleEvents, nowMs: number): number {
  if (selectPolicy === 'Disabled') return current;
  const proposed = policies.map(({ type, value, periodSeconds }) => {
    const start = replicasAtStart(current, periodSeconds, events, nowMs);
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100)); // rounded up, or one replica would never become two
  });
  return selectPolicy === 'Min' ? Math.min(INT32_MAX, ...proposed) : Math.max(INT32_MIN, ...proposed);
}

function downLimitOf({ selectPolicy, policies = [] }: Rules, current: number, events: ScaleEvents, nowMs: number): number {
  if (selectPolicy === 'Disabled') return current;
  const proposed = policies.map(({ type, value, periodSeconds }) => {
    const start = replicasAtStart(current, periodSeconds, events, nowMs);
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
  });
  return selectPolicy === 'Min' ? Math.max(INT32_MIN, ...proposed) : Math.min(INT32_MAX, ...proposed); // the smallest change leaves the most
}

/** How many there were when the period began, as far as autoscaling changed that. */
function replicasAtStart(current: number, periodSeconds: number, { ups, downs }: ScaleEvents, nowMs: number): number {
  return current - changeSince(ups, nowMs - periodSeconds * 1000) + changeSince(downs, nowMs - periodSeconds * 1000);
}

function changeSince(events: readonly ScaleEvent[], cutoffMs: number): number {
  return events.filter(({ atMs }) => atMs > cutoffMs).reduce((sum, { change }) => sum + change, 0);
}

/** How long an event of these rules can matter. */
export function longestPeriodMs({ policies = [] }: Rules): number { return Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds)) * 1000; }
