import { expired } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { seededRng, type Rng } from '@kubernode/base';
import { createInformerFactory, type Client, type EventRecorder, type WatchedEvent } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { runControllers, type Controller } from '@kubernode/controller';
import { createFakeClient, type FakeClient } from './fake-client.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

/** Controllers at work on a cluster in memory, on a clock that the test moves. */
export interface ControllerWorld {
  client: FakeClient;
  clock: FakeClock;
  /** `Reason: message` of each event that was told, in their order. */
  events: readonly string[];
  stop(): Promise<void>;
}

export interface ControllerWorldOptions {
  seed?: number;
  /** Watches stall, each by itself, so that one resource is known later than another; now and then one breaks off and starts over with a list. */
  faults?: boolean;
  /** What is there from the beginning. */
  objects?: readonly object[];
  /** When it begins, ms. */
  startMs?: number;
  /** The client as the controllers see it, where that has to say more than the cluster in memory. */
  through?(client: FakeClient): Client;
}

const START_MS = 1_000_000;

/** Starts the controllers, which may need the clock. The same seed and the same deeds give the same run. */
export function startControllers(controllers: readonly Controller[] | ((clock: FakeClock) => readonly Controller[]), { seed = 1, faults = false, objects = [], startMs = START_MS, through = (client) => client }: ControllerWorldOptions = {}): ControllerWorld {
  const clock = createFakeClock(startMs);
  const rng = seededRng(seed);
  const cluster = createFakeClient(objects, { now: () => clock.now() });
  const client = through(cluster);
  const stop = new AbortController();
  const informers = createInformerFactory({ client: faults ? withLateWatches(client, clock, rng) : client, clock, rng, logger: silentLogger });
  const events: string[] = [];
  const recorder: EventRecorder = { event: (_about, _type, reason, message) => { events.push(`${reason}: ${message}`); }, run: () => Promise.resolve() };
  const ended = [informers.run(stop.signal), runControllers(typeof controllers === 'function' ? controllers(clock) : controllers, { client, informers, clock, logger: silentLogger, recorder: () => recorder }, stop.signal)];
  return { client: cluster, clock, events, stop: async () => { stop.abort(); await clock.advance(1); await Promise.allSettled(ended); } };
}

const STALLS_ONE_IN = 5;
const STALL_MAX_MS = 200;
const BREAKS_ONE_IN = 25;

function withLateWatches(client: Client, clock: FakeClock, rng: Rng): Client {
  async function *late<T>(resource: ResourceRef<T>, options: Parameters<Client['watch']>[1]): AsyncGenerator<WatchedEvent<T>> {
    for await (const event of client.watch(resource, options)) {
      if (rng.next() < 1 / STALLS_ONE_IN) await clock.sleep(Math.floor(rng.next() * STALL_MAX_MS), { signal: options.signal });
      if (rng.next() < 1 / BREAKS_ONE_IN) throw expired('too old resource version');
      yield event;
    }
  }
  return new Proxy(client, { get: (target, name) => (name === 'watch' ? late : Reflect.get(target, name) as unknown) }) as Client; // a client but for its watches
}
