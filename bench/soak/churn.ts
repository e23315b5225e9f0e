import { appsV1Resources, batchV1Resources, coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { isAlreadyExists, isNotFound, type KubeObject } from '@kubernode/apimachinery';
import { isAbortError, systemClock, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';

/** Names of each kind; what has a name is made where it is missing and deleted where it is there, so that a cluster never grows. */
const SLOTS = 30;
const REPLICAS_MAX = 12;
const WATCH_MS_MAX = 20_000;
const PAUSE_MS = 50;
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

/** What happened since the last time it was asked for. */
export interface Tally { readonly durationsMs: readonly number[]; readonly errors: number }

/** Users who cannot make up their mind: they make, change, scale, delete, list and watch objects of all kinds, and namespaces that come and go. */
export class Churn {
  readonly #client: Client;
  readonly #namespace: string;
  readonly #rng: Rng;
  #durationsMs: number[] = [];
  #errors = 0;

  constructor({ client, namespace, rng }: { client: Client; namespace: string; rng: Rng }) { this.#client = client; this.#namespace = namespace; this.#rng = rng; }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const startedMs = performance.now();
        await this.#act(signal);
        this.#durationsMs.push(performance.now() - startedMs);
        await systemClock.sleep(PAUSE_MS * this.#rng.next() * 2, { signal });
      } catch (error) {
        if (isAbortError(error) || signal.aborted) return;
        if (!isNotFound(error) && !isAlreadyExists(error)) this.#errors++;
      }
    }
  }

  take(): Tally {
    const tally = { durationsMs: this.#durationsMs, errors: this.#errors };
    [this.#durationsMs, this.#errors] = [[], 0];
    return tally;
  }

  async #act(signal: AbortSignal): Promise<void> {
    const { resource, make } = KINDS[Math.floor(this.#rng.next() * KINDS.length)] ?? KINDS[0] as Kind; // there are some
    const target = { namespace: this.#namespace, name: `soak-${Math.floor(this.#rng.next() * SLOTS)}` };
    const chance = this.#rng.next();
    if (chance < 0.35) await this.#client.create(resource, { ...make(target.name, this.#rng), metadata: target } as KubeObject, { signal }); // what is left out has defaults
    else if (chance < 0.55) await this.#client.delete(resource, target, { propagationPolicy: 'Background', signal });
    else if (chance < 0.8) await this.#client.patch(resource, target, { type: 'merge', body: { metadata: { labels: { touched: String(Math.floor(this.#rng.next() * 1000)) } } } }, { signal });
    else if (chance < 0.88) await this.#client.patch(appsV1Resources.deployments, target, { type: 'merge', body: { spec: { replicas: count(this.#rng) } } }, { signal });
    else if (chance < 0.94) await this.#client.list(resource, { namespace: this.#namespace, signal });
    else if (chance < 0.99) void this.#watch(resource, signal);
    else await this.#namespaceComesAndGoes(signal);
  }

  /** For a while, beside everything else. */
  async #watch(resource: ResourceRef, signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(this.#rng.next() * WATCH_MS_MAX))]);
    try {
      const { metadata } = await this.#client.list(resource, { namespace: this.#namespace, signal: over });
      for await (const _ of this.#client.watch(resource, { namespace: this.#namespace, resourceVersion: metadata.resourceVersion ?? '', signal: over })) { /* nothing but taken */ }
    } catch (error) { if (!over.aborted && !isAbortError(error)) this.#errors++; }
  }

  async #namespaceComesAndGoes(signal: AbortSignal): Promise<void> {
    const name = `soak-${Buffer.from(this.#rng.bytes(4)).toString('hex')}`;
    await this.#client.create(coreV1Resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as coreV1.Namespace, { signal }); // what is left out has defaults
    await this.#client.create(coreV1Resources.configmaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: name } } as coreV1.ConfigMap, { signal }); // likewise
    await this.#client.delete(coreV1Resources.namespaces, { name }, { signal });
  }
}
