import type { coreV1 } from '@kubernode/api';
import { formatFieldErrors, invalidValue, notSupported, StatusError, type FieldError } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import { readConfigDocument } from '../authn/config-document.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';

const BUCKETS_MAX = 4096;
const TYPES = ['Server', 'Namespace', 'User', 'SourceAndObject'] as const;
type LimitType = (typeof TYPES)[number];
/** So many at once, and so many a second after that; `cacheSize`: of how many keys it is remembered. */
export interface EventLimit { type: LimitType; qps: number; burst: number; cacheSize?: number }

/** Holds back those who write more events than the configuration allows. */
export function eventRateLimit({ configurationOf, clock }: AdmissionDependencies): AdmissionPlugin {
  const limits = readLimits(configurationOf('EventRateLimit')).map((limit) => ({ limit, buckets: new EventBuckets(limit, clock) }));
  return {
    name: 'EventRateLimit',
    validate(attributes) {
      const { operation, kind, dryRun } = attributes;
      if (kind.group !== '' || kind.kind !== 'Event' || dryRun || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
      const reached = limits.map(({ limit: { type }, buckets }) => ({ type, key: keyOf(type, attributes), buckets })).filter(({ key, buckets }) => !buckets.take(key)); // all are charged
      const faults = reached.map(({ type, key }) => `limit reached on type ${type} for key ${key}`);
      if (faults.length > 0) throw new StatusError({ code: 429, reason: 'TooManyRequests', message: `Too many requests: ${faults.length === 1 ? faults.join() : `[${faults.join(', ')}]`}` });
    },
  };
}

/** Throws an Error in Kubernetes' words. Without a configuration there are no limits. */
export function readLimits(text: string | undefined): readonly EventLimit[] {
  if (text === undefined) return [];
  const { limits: given } = readConfigDocument(text, { group: 'eventratelimit.admission.k8s.io', kind: 'Configuration', versions: ['v1alpha1'], shape: { limits: [{ type: true, qps: true, burst: true, cacheSize: true }] } });
  const limits = (given ?? []) as Partial<EventLimit>[]; // the shape was checked, values are below
  const faults: FieldError[] = limits.length === 0 ? [invalidValue('limits', null, 'must not be empty')] : limits.flatMap(limitFaults);
  if (faults.length > 0) throw new Error(formatFieldErrors(faults));
  return limits as EventLimit[]; // without faults they are
}

function limitFaults({ type, qps = 0, burst = 0, cacheSize = 0 }: Partial<EventLimit>, index: number): FieldError[] {
  const at = `limits[${index}]`;
  return [
    ...(TYPES.some((one) => one === type) ? [] : [notSupported(`${at}.type`, type ?? '', TYPES)]),
    ...(burst > 0 ? [] : [invalidValue(`${at}.burst`, burst, 'must be positive')]),
    ...(qps > 0 ? [] : [invalidValue(`${at}.qps`, qps, 'must be positive')]),
    ...(type === 'Server' || cacheSize >= 0 ? [] : [invalidValue(`${at}.cacheSize`, cacheSize, 'must not be negative')]),
  ];
}

function keyOf(type: LimitType, { namespace, user, object }: AdmissionAttributes): string {
  switch (type) {
    case 'Server': return '';
    case 'Namespace': return namespace;
    case 'User': return user.name;
    case 'SourceAndObject': {
      const { source, involvedObject: of } = (object ?? {}) as Partial<coreV1.Event>; // an event, by the caller's check
      return [source?.component, source?.host, of?.kind, of?.namespace, of?.name, of?.uid, of?.apiVersion].map((part) => part ?? '').join('');
    }
  }
}

/** One token bucket a key; the one longest unused is forgotten first. */
class EventBuckets {
  readonly #limit: EventLimit;
  readonly #clock: Clock;
  readonly #byKey = new Map<string, { tokens: number; atMs: number }>();

  constructor(limit: EventLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  take(key: string): boolean {
    const { qps, burst, cacheSize } = this.#limit;
    const now = this.#clock.monotonicNow();
    const { tokens, atMs } = this.#byKey.get(key) ?? { tokens: burst, atMs: now };
    const available = Math.min(burst, tokens + (now - atMs) / 1000 * qps);
    const isAllowed = available >= 1;
    this.#byKey.delete(key); // to the end: used last
    this.#byKey.set(key, { tokens: isAllowed ? available - 1 : available, atMs: now });
    const oldest = this.#byKey.keys().next();
    if (this.#byKey.size > (cacheSize || BUCKETS_MAX) && oldest.done !== true) this.#byKey.delete(oldest.value);
    return isAllowed;
  }
}
