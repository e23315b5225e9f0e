import { covers, type Change, type ClusterEvent, type EventRegistration } from '../framework/cluster-event.ts';
import type { QueuedPod } from '../framework/queued-pod.ts';
import { schedulerNameOf } from '../framework/profile.ts';
import { rejectorsOf } from './unschedulable-pods.ts';

/** What an event means for a pod that was turned down. */
export type Requeue = 'no' | 'after-backoff' | 'at-once';

/** The registrations of a profile's plugins by plugin; a plugin that is absent takes any event. */
export type Registrations = ReadonlyMap<string, readonly EventRegistration[]>;

const HINTS_KEPT_MAX = 1000;
/** One hint of so many is timed: asking the clock costs more than most hints. */
const HINTS_PER_SAMPLE = 10;

export interface HintObserver {
  /** A hint threw. */
  onFault(plugin: string, error: unknown): void;
  /** Milliseconds of a clock that only goes forward. */
  now?(): number;
  onAsked?(asked: { plugin: string; event: string; hint: 'Queue' | 'QueueSkip' | 'Error' }, seconds: number): void;
}

/** Which plugins of which profile care for an event, and what they make of it. */
export class RequeueHints {
  readonly #byProfile: ReadonlyMap<string, Registrations>;
  readonly #observer: HintObserver;
  #asked = 0;
  readonly #known = new Map<string, ReadonlyMap<string, readonly EventRegistration[]>>(); // by profile and event

  constructor(byProfile: ReadonlyMap<string, Registrations>, observer: HintObserver) {
    this.#byProfile = byProfile;
    this.#observer = observer;
  }

  /** Plugins of all profiles that may turn their verdict around because of the event. */
  pluginsFor(event: ClusterEvent): ReadonlySet<string> {
    const plugins = new Set<string>();
    for (const profile of this.#byProfile.keys()) for (const plugin of this.#concerned(profile, event).keys()) plugins.add(plugin);
    return plugins;
  }

  /** Whether the event concerns the plugin that keeps a pod out of the queue. */
  concernsPlugin(profile: string, plugin: string, event: ClusterEvent): boolean { return this.#concerned(profile, event).has(plugin); }

  judge(queued: QueuedPod, event: ClusterEvent, change: Change<unknown>): Requeue {
    const rejectors = new Set(rejectorsOf(queued));
    if (rejectors.size === 0) return 'after-backoff';
    if (event.resource === '*') return 'after-backoff';
    let result: Requeue = 'no';
    for (const [plugin, registrations] of this.#concerned(schedulerNameOf(queued.info.pod), event)) {
      if (!rejectors.has(plugin) || !registrations.some(({ hint }) => hint === undefined || this.#helps(hint, { plugin, event, queued, change }))) continue;
      if (queued.pendingBy.has(plugin)) return 'at-once';
      if (queued.pendingBy.size === 0) return 'after-backoff';
      result = 'after-backoff';
    }
    return result;
  }

  /** A hint that throws might have said yes. */
  #helps(hint: NonNullable<EventRegistration['hint']>, { plugin, event, queued, change }: { plugin: string; event: ClusterEvent; queued: QueuedPod; change: Change<unknown> }): boolean {
    const { now, onAsked, onFault } = this.#observer;
    const since = now !== undefined && this.#asked++ % HINTS_PER_SAMPLE === 0 ? now() : undefined;
    const tell = (answer: 'Queue' | 'QueueSkip' | 'Error'): void => { if (since !== undefined && now !== undefined) onAsked?.({ plugin, event: event.label, hint: answer }, (now() - since) / 1000); };
    try {
      const helps = hint(queued.info.pod, change);
      tell(helps ? 'Queue' : 'QueueSkip');
      return helps;
    } catch (error) {
      onFault(plugin, error);
      tell('Error');
      return true;
    }
  }

  #concerned(profile: string, event: ClusterEvent): ReadonlyMap<string, readonly EventRegistration[]> {
    const key = `${profile}/${event.label}`;
    let concerned = this.#known.get(key);
    if (concerned === undefined) {
      concerned = new Map([...this.#byProfile.get(profile) ?? []].map(([plugin, all]) => [plugin, all.filter((one) => covers(one, event))] as const).filter(([, some]) => some.length > 0));
      if (this.#known.size >= HINTS_KEPT_MAX) this.#known.clear();
      this.#known.set(key, concerned);
    }
    return concerned;
  }
}
