import type { flowcontrolV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { QueuingConfig } from './queue-set.ts';
import { allocateSeats } from './seat-allocation.ts';

export type PriorityLevelObject = flowcontrolV1.PriorityLevelConfiguration & KubeObject;

/** What a PriorityLevelConfiguration says. */
export interface LevelConfig {
  name: string;
  uid: string;
  queuing: QueuingConfig;
  shares: number;
  lendablePercent: number;
  /** Undefined: as much as the others lend. */
  borrowingLimitPercent: number | undefined;
}

/** Seats of a level: its share of the server, what is left when it lent all it may, and what it has when it borrowed all it may. */
export interface LevelLimits { nominal: number; min: number; max: number }

/** One request takes at most this part of its level. */
const SEATS_OF_LEVEL_MAX = 0.15;

/** Undefined for an object that contradicts itself: the server then does as if it were not there. */
export function readLevel({ metadata: { name, uid = '' }, spec }: Readonly<PriorityLevelObject>): LevelConfig | undefined {
  const { type, limited, exempt } = spec ?? {};
  if (type === 'Exempt') {
    if (name !== 'exempt' || exempt === undefined || limited !== undefined) return undefined;
    return { name, uid, queuing: { kind: 'exempt' }, shares: exempt.nominalConcurrencyShares ?? 0, lendablePercent: exempt.lendablePercent ?? 0, borrowingLimitPercent: undefined };
  }
  const queuing = limited === undefined || exempt !== undefined || name === 'exempt' ? undefined : readQueuing(limited.limitResponse);
  if (limited === undefined || queuing === undefined) return undefined;
  return { name, uid, queuing, shares: limited.nominalConcurrencyShares ?? 0, lendablePercent: limited.lendablePercent ?? 0, borrowingLimitPercent: limited.borrowingLimitPercent };
}

function readQueuing(response: Readonly<flowcontrolV1.LimitResponse> | undefined): QueuingConfig | undefined {
  const { type, queuing } = response ?? {};
  if (type === 'Reject') return queuing === undefined ? { kind: 'reject' } : undefined;
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing ?? {};
  return handSize > 0 && handSize <= queues ? { kind: 'queue', queues, handSize, queueLengthLimit } : undefined;
}

/** Divides the server's seats among its levels by their shares; rounding up, so that no level is left without. Pure. */
export function limitsOf(levels: readonly LevelConfig[], serverSeats: number): LevelLimits[] {
  const shareSum = levels.reduce((sum, { shares }) => sum + shares, 0);
  return levels.map(({ shares, lendablePercent, borrowingLimitPercent }) => {
    const nominal = shareSum === 0 ? 0 : Math.ceil(serverSeats * shares / shareSum);
    const borrowing = borrowingLimitPercent === undefined ? serverSeats : Math.round(nominal * borrowingLimitPercent / 100);
    return { nominal, min: nominal - Math.round(nominal * lendablePercent / 100), max: nominal + borrowing };
  });
}

/** How many seats one request of a level may take at most; undefined for levels without queues, which have no hands to deal. Pure. */
export function requestSeatsMax({ queuing }: LevelConfig, { nominal }: LevelLimits): number | undefined {
  return queuing.kind === 'queue' ? Math.max(1, Math.min(Math.ceil(nominal * SEATS_OF_LEVEL_MAX), Math.floor(nominal / queuing.handSize))) : undefined;
}

export interface LevelDemand extends LevelLimits {
  isExempt: boolean;
  current: number;
  /** Seats wanted at once at most, since the last adjustment. */
  highWatermark: number;
  /** Average and deviation, falling slowly. */
  smoothed: number;
}

export interface Adjustment { limits: number[]; targets: number[]; fairFraction: number }

/**
 * New limits from what the levels wanted lately: levels lend what they don't use and borrow what others don't. Exempt levels are not
 * limited, but what they use is missing to the rest. Pure.
 */
export function adjustLimits(levels: readonly LevelDemand[]): Adjustment {
  const floors = levels.map(floorOf);
  const targets = levels.map(({ smoothed }, index) => Math.max(floors[index] as number, smoothed)); // one floor a level
  const total = sum(levels.map(({ nominal }) => nominal));
  const others = levels.flatMap((level, index) => (level.isExempt ? [] : [{ level, index }]));
  const left = total - sum(levels.map(({ isExempt }, index) => (isExempt ? floors[index] as number : 0))); // one floor a level
  const minSum = sum(others.map(({ level }) => level.min));
  const floorSum = sum(others.map(({ index }) => floors[index] as number)); // one floor a level
  const limits = [...floors];
  let fairFraction = 0;
  if (left <= minSum) {
    for (const { level, index } of others) limits[index] = level.min;
  } else if (left <= floorSum) {
    const part = (left - minSum) / (floorSum - minSum);
    for (const { level, index } of others) limits[index] = level.min + Math.round(((floors[index] as number) - level.min) * part); // one floor a level
  } else {
    const shared = allocateSeats(total, others.map(({ level, index }) => ({ lowerBound: floors[index] as number, upperBound: level.max, target: targets[index] as number }))); // one of each a level
    others.forEach(({ level, index }, at) => { limits[index] = Math.round(shared?.seats[at] ?? level.current); });
    fairFraction = shared?.fairFraction ?? 0;
  }
  return { limits, targets, fairFraction };
}

/** What a level keeps at least: what it used, up to its share; all of it when exempt. */
function floorOf({ isExempt, min, nominal, highWatermark }: LevelDemand): number {
  return Math.max(min, isExempt ? highWatermark : Math.min(nominal, highWatermark));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
