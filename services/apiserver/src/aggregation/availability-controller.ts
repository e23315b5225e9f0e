import type { coreV1, discoveryV1 } from '@kubernode/api';
import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import { formatTime, isNotFound, type KubeObject } from '@kubernode/apimachinery';
import type { Logger } from '@kubernode/component-base';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ObjectSource, ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import { slicesOf, type ResolveService } from '../webhook-client/service-resolver.ts';
import { API_SERVICES, pathOf, type ApiService, type RemoteVersion } from './api-service.ts';
import type { RemoteVersions } from './remote-versions.ts';
import type { ServerConnections } from './server-connections.ts';
import { askServer, hostOf } from './server-question.ts';
import { serviceFault, type Availability } from './service-fault.ts';

/** Servers fail without telling, so all are asked this often. */
const RECHECK_MS = 30_000;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = RECHECK_MS;
/** One bad endpoint among good ones should not count: this many are tried before a server counts as gone. */
const ATTEMPTS = 5;
const PASSED: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

type Service = coreV1.Service & KubeObject;
type EndpointSlice = discoveryV1.EndpointSlice & KubeObject;

export interface AvailabilityParts { remotes: RemoteVersions; sources: ObjectSources; writer: ObjectWriter; resolve: ResolveService; connections: ServerConnections; clock: Clock; logger: Logger; metricsRegistry: Registry }

interface Check { /** Where and how the server is asked; another place is looked at at once. */ place: string; dueAtMs: number; retryMs: number; isRunning: boolean; /** The reason that was counted last; undefined while it is available. */ unavailableFor: string | undefined }

/**
 * Finds out which aggregated servers answer and tells it in the conditions of their APIServices. Every replica looks for itself and writes
 * only what differs, so that any number of them agree.
 */
export class AvailabilityController {
  readonly #parts: AvailabilityParts;
  readonly #services: ObjectSource<Service>;
  readonly #slices: ObjectSource<EndpointSlice>;
  readonly #checks = new Map<string, Check>();
  readonly #unavailable: Gauge;
  readonly #turns: Counter;
  readonly #wakeUp = new WakeUp();

  constructor(parts: AvailabilityParts) {
    this.#parts = parts;
    this.#services = parts.sources<Service>({ group: '', resource: 'services' });
    this.#slices = parts.sources<EndpointSlice>({ group: 'discovery.k8s.io', resource: 'endpointslices' });
    this.#unavailable = new Gauge({ registers: [parts.metricsRegistry], name: 'aggregator_unavailable_apiservice', help: 'APIServices whose server does not answer.', labelNames: ['name'] });
    this.#turns = new Counter({ registers: [parts.metricsRegistry], name: 'aggregator_unavailable_apiservice_total', help: 'How often APIServices became unavailable, or unavailable for another reason.', labelNames: ['name', 'reason'] });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { remotes } = this.#parts;
    using _remotes = remotes.onChange(() => { this.#follow(); });
    using _services = this.#services.onChange(({ object: { metadata } }) => { this.#hurry(metadata.namespace ?? '', metadata.name); });
    using _slices = this.#slices.onChange(({ object: { metadata } }) => { this.#hurry(metadata.namespace ?? '', metadata.labels?.['kubernetes.io/service-name'] ?? ''); });
    this.#follow();
    while (!signal.aborted) {
      const nowMs = this.#parts.clock.monotonicNow();
      if (this.#services.ready && this.#slices.ready) for (const remote of remotes.list()) this.#checkIfDue(remote, nowMs, signal);
      await this.#nextDue(nowMs, signal);
    }
  }

  /** Checks what is new at once, and forgets what is gone. */
  #follow(): void {
    const places = new Map(this.#parts.remotes.list().map(({ name, service, caBundle, insecure }) => [name, JSON.stringify([service, caBundle, insecure])]));
    for (const name of this.#checks.keys()) if (!places.has(name)) { this.#checks.delete(name); this.#unavailable.remove({ name }); }
    for (const [name, place] of places) if (this.#checks.get(name)?.place !== place) this.#checks.set(name, { place, dueAtMs: 0, retryMs: RETRY_MS_MIN, isRunning: false, unavailableFor: undefined });
    this.#wakeUp.ring();
  }

  #hurry(namespace: string, name: string): void {
    for (const { name: apiService, service } of this.#parts.remotes.list()) {
      const check = this.#checks.get(apiService);
      if (check !== undefined && service.namespace === namespace && service.name === name) { check.dueAtMs = 0; this.#wakeUp.ring(); }
    }
  }

  #checkIfDue(remote: RemoteVersion, nowMs: number, signal: AbortSignal): void {
    const check = this.#checks.get(remote.name);
    if (check === undefined || check.isRunning || check.dueAtMs > nowMs) return;
    check.isRunning = true;
    check.dueAtMs = nowMs + RECHECK_MS;
    this.#check(remote, signal).then((passed) => {
      check.retryMs = passed ? RETRY_MS_MIN : Math.min(RETRY_MS_MAX, check.retryMs * 2);
      if (!passed) check.dueAtMs = Math.min(check.dueAtMs, this.#parts.clock.monotonicNow() + check.retryMs);
    }, (error: unknown) => {
      if (!isAbortError(error)) this.#parts.logger.warn('the availability of an API service cannot be told and is looked at again', { apiService: remote.name, error: errorMessage(error) });
    }).finally(() => { check.isRunning = false; this.#wakeUp.ring(); });
  }

  async #check(remote: RemoteVersion, signal: AbortSignal): Promise<boolean> {
    const availability = serviceFault(remote.service, this.#services.get(remote.service.namespace, remote.service.name), slicesOf(this.#slices, remote.service.namespace, remote.service.name)) ?? await this.#askOften(remote, signal);
    this.#count(remote.name, availability);
    await this.#tell(remote.name, availability);
    return availability.status === 'True' || availability.reason !== 'FailedDiscoveryCheck';
  }

  #count(name: string, { status, reason }: Availability): void {
    const isAvailable = status === 'True';
    this.#unavailable.set({ name }, isAvailable ? 0 : 1);
    const check = this.#checks.get(name);
    if (check === undefined) return; // it was forgotten meanwhile
    const told = isAvailable ? undefined : reason;
    if (told !== undefined && told !== check.unavailableFor) this.#turns.inc({ name, reason: told });
    check.unavailableFor = told;
  }

  async #askOften(remote: RemoteVersion, signal: AbortSignal): Promise<Availability> {
    if (await this.#ask(remote, signal).then(() => true, () => false)) return PASSED;
    const more = Array.from({ length: ATTEMPTS - 1 }, () => this.#ask(remote, signal));
    try {
      await Promise.any(more);
      return PASSED;
    } catch (error) {
      signal.throwIfAborted();
      const { errors } = error as AggregateError; // what any of nothing but failures rejects with
      return { status: 'False', reason: 'FailedDiscoveryCheck', message: errorMessage(errors.at(-1)) };
    }
  }

  async #ask(remote: RemoteVersion, signal: AbortSignal): Promise<void> {
    const address = this.#parts.resolve(remote.service);
    const url = `https://${hostOf(address)}${pathOf(remote)}`;
    const answer = await askServer({ remote, address, path: pathOf(remote), signal }, this.#parts).catch((error: unknown) => { throw new Error(`failing or missing response from ${url}: ${errorMessage(error)}`, { cause: error }); });
    if (answer.status < 200 || answer.status > 299) throw new Error(`failing or missing response from ${url}: bad status from ${url}: ${answer.status}`);
  }

  async #tell(name: string, wanted: Availability): Promise<void> {
    try {
      await this.#parts.writer.update<ApiService>(API_SERVICES, { namespace: '', name }, (object) => withAvailability(object, wanted, this.#parts.clock.now()), { subresource: 'status' });
    } catch (error) {
      if (!isNotFound(error)) throw error; // nobody asks any more
    }
  }

  async #nextDue(nowMs: number, signal: AbortSignal): Promise<void> {
    const isLoaded = this.#services.ready && this.#slices.ready;
    const next = Math.min(nowMs + RECHECK_MS, ...[...this.#checks.values()].filter(({ isRunning }) => !isRunning).map(({ dueAtMs }) => dueAtMs));
    await this.#wakeUp.heardWithin({ clock: this.#parts.clock, ms: isLoaded ? Math.max(RETRY_MS_MIN, next - nowMs) : RETRY_MS_MIN }, signal);
  }
}

/** Undefined where it says so already. */
export function withAvailability(object: ApiService, { status, reason, message }: Availability, now: number): ApiService | undefined {
  if (object.spec?.service === undefined) return undefined;
  const conditions = object.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'Available');
  if (before?.status === status && before.reason === reason && before.message === message) return undefined;
  const lastTransitionTime = before?.status === status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : formatTime(now);
  const condition = { type: 'Available', status, lastTransitionTime, reason, message };
  return { ...object, status: { ...object.status, conditions: before === undefined ? [...conditions, condition] : conditions.map((one) => (one === before ? condition : one)) } };
}
