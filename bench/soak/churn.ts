import { appsV1Resources, batchV1Resources, coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { isAlreadyExists, isNotFound, StatusError, type KubeObject } from '@kubernode/apimachinery';
import { isAbortError, linkSignals, systemClock, type Rng } from '@kubernode/base';
import type { Client, Target } from '@kubernode/client';

/** Names of each kind; what has a name is made where it is missing and deleted where it is there, so that a cluster never grows. */
const SLOTS = 30;
const REPLICAS_MAX = 12;
const WATCH_MS_MAX = 20_000;
const PAUSE_MS = 50;
/** Of one user. */
const WATCHES_MAX = 20;
/** Events live an hour. A soak that is shorter would see nothing but their number rise, so they are deleted this often. */
const EVENTS_LIVE_MS = 60_000;
/** Of a failure that has none but its message. */
const REASON_LENGTH_MAX = 80;
const labels = { app: 'soak' };
const containers = [{ name: 'main', image: 'localhost/none:1' }];
const template = (app: string, more: object = {}): object => ({ metadata: { labels: { ...labels, one: app } }, spec: { containers, ...more } });
const selector = (app: string): object => ({ matchLabels: { ...labels, one: app } });

/** An object of a kind with random contents; what is left out has defaults. */
type Make = (name: string, rng: Rng) => object;
interface Kind { readonly resource: ResourceRef; readonly make: Make }

const kind = <T>(resource: ResourceRef<T>, make: Make): Kind => ({ resource: resource as ResourceRef, make }); // each is used with its own objects alone
const count = (rng: Rng): number => 1 + Math.floor(rng.next() * REPLICAS_MAX);
const text = (rng: Rng): string => Buffer.from(rng.bytes(200 + Math.floor(rng.next() * 2000))).toString('hex');

const KINDS: readonly Kind[] = [
  kind(coreV1Resources.configmaps, (name, rng) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: text(rng) } })),
  kind(coreV1Resources.secrets, (name, rng) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { text: text(rng) } })),
  kind(coreV1Resources.services, (name) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports: [{ port: 80 }] } })),
  kind(coreV1Resources.pods, (name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers } })),
  kind(appsV1Resources.deployments, (name, rng) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas: count(rng), selector: selector(name), template: template(name) } })),
  kind(appsV1Resources.statefulsets, (name, rng) => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name }, spec: { replicas: count(rng), serviceName: 'none', podManagementPolicy: 'Parallel', selector: selector(name), template: template(name) } })),
  kind(batchV1Resources.jobs, (name) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { parallelism: 2, completions: 2, template: template(name, { restartPolicy: 'Never' }) } })),
];

/** What happened since the last time it was asked for: calls that were answered, also by 404 or 409, and why others failed. */
export interface Tally { readonly durationsMs: readonly number[]; readonly failures: readonly string[] }

/** Users who cannot make up their mind: they make, change, scale, roll out, delete, list and watch objects of all kinds, and namespaces that come and go. */
export class Churn {
  readonly #client: Client;
  readonly #namespace: string;
  readonly #rng: Rng;
  readonly #watches = new Set<Promise<void>>();
  #durationsMs: number[] = [];
  #failures: string[] = [];

  constructor({ client, namespace, rng }: { client: Client; namespace: string; rng: Rng }) { this.#client = client; this.#namespace = namespace; this.#rng = rng; }

  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        await this.#act(signal);
        await systemClock.sleep(PAUSE_MS * this.#rng.next() * 2, { signal });
      }
    } catch (error) {
      if (!isAbortError(error)) throw error;
    } finally { await Promise.all(this.#watches); }
  }

  take(): Tally {
    const tally = { durationsMs: this.#durationsMs, failures: this.#failures };
    [this.#durationsMs, this.#failures] = [[], []];
    return tally;
  }

  async #act(signal: AbortSignal): Promise<void> {
    const { resource, make } = KINDS[Math.floor(this.#rng.next() * KINDS.length)] ?? KINDS[0] as Kind; // there are some
    const target = { namespace: this.#namespace, name: `soak-${Math.floor(this.#rng.next() * SLOTS)}` };
    const chance = this.#rng.next();
    if (chance < 0.35) await this.#call(signal, () => this.#client.create(resource, { ...make(target.name, this.#rng), metadata: target } as KubeObject, { signal })); // what is left out has defaults
    else if (chance < 0.55) await this.#call(signal, () => this.#client.delete(resource, target, { propagationPolicy: 'Background', signal }));
    else if (chance < 0.78) await this.#patch(resource, target, { metadata: { labels: { touched: this.#number() } } }, signal);
    else if (chance < 0.85) await this.#patch(appsV1Resources.deployments, target, { spec: { replicas: count(this.#rng) } }, signal);
    else if (chance < 0.88) await this.#patch(appsV1Resources.deployments, target, { spec: { template: { metadata: { annotations: { rollout: this.#number() } } } } }, signal);
    else if (chance < 0.94) await this.#call(signal, () => this.#client.list(resource, { namespace: this.#namespace, signal }));
    else if (chance < 0.99) this.#startWatch(resource, signal);
    else await this.#namespaceComesAndGoes(signal);
  }

  readonly #number = (): string => String(Math.floor(this.#rng.next() * 1000));

  #patch(resource: ResourceRef, target: Target, body: object, signal: AbortSignal): Promise<void> {
    return this.#call(signal, () => this.#client.patch(resource, target, { type: 'merge', body }, { signal }));
  }

  async #namespaceComesAndGoes(signal: AbortSignal): Promise<void> {
    const name = `soak-${Buffer.from(this.#rng.bytes(4)).toString('hex')}`;
    await this.#call(signal, () => this.#client.create(coreV1Resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as coreV1.Namespace, { signal })); // what is left out has defaults
    await this.#call(signal, () => this.#client.create(coreV1Resources.configmaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: name } } as coreV1.ConfigMap, { signal })); // likewise
    await this.#call(signal, () => this.#client.delete(coreV1Resources.namespaces, { name }, { signal }));
  }

  /** What is not there, or there already, is an answer like any other. */
  async #call(signal: AbortSignal, call: () => Promise<unknown>): Promise<void> {
    const startedMs = performance.now();
    try { await call(); } catch (error) {
      if (signal.aborted) return;
      if (!isNotFound(error) && !isAlreadyExists(error)) { this.#failures.push(reasonOf(error)); return; }
    }
    this.#durationsMs.push(performance.now() - startedMs);
  }

  #startWatch(resource: ResourceRef, signal: AbortSignal): void {
    if (this.#watches.size >= WATCHES_MAX) return;
    const watch = this.#watch(resource, signal).finally(() => { this.#watches.delete(watch); });
    this.#watches.add(watch);
  }

  /** For a while, beside everything else. Never rejects. */
  async #watch(resource: ResourceRef, signal: AbortSignal): Promise<void> {
    using over = linkSignals(signal);
    using _ = systemClock.after(this.#rng.next() * WATCH_MS_MAX, () => { over.abort(); });
    try {
      const { metadata } = await this.#client.list(resource, { namespace: this.#namespace, signal: over.signal });
      for await (const event of this.#client.watch(resource, { namespace: this.#namespace, resourceVersion: metadata.resourceVersion ?? '', signal: over.signal })) void event; // nothing but taken
    } catch (error) { if (!over.signal.aborted) this.#failures.push(`watch: ${reasonOf(error)}`); }
  }
}

/** Deletes a namespace's events now and then; ends with the signal. */
export async function forgetEvents({ client, namespace, signal }: { client: Client; namespace: string; signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    try {
      await systemClock.sleep(EVENTS_LIVE_MS, { signal });
      await client.deleteCollection(coreV1Resources.events, { namespace, signal });
    } catch (error) { if (isAbortError(error)) return; } // the next time will do
  }
}

/** One of a few, so that they can be counted: what a server answered, or how the connection broke. */
function reasonOf(error: unknown): string {
  if (error instanceof StatusError) return error.reason ?? `${error.code} ${error.message.slice(0, REASON_LENGTH_MAX)}`;
  const cause = error instanceof Error ? error.cause ?? error : error;
  return cause instanceof Error ? (cause as NodeJS.ErrnoException).code ?? cause.message : String(cause); // errors of sockets have a code
}
