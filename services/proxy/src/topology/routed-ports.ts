import type { coreV1 } from '@kubernode/api';
import type { IpFamily } from '@kubernode/apimachinery';
import { endpointsOf, type Slices } from './endpoint.ts';
import { readService } from './read-service.ts';
import { routePort, type NodePlace, type RoutedPort } from './route-port.ts';

/** The caches that services are read from; a fake in tests. */
export interface ServiceSource {
  service(key: string): Readonly<coreV1.Service> | undefined;
  slices(serviceKey: string): Slices;
  serviceKeys(): Iterable<string>;
}

/** All ports of one service that this node forwards, under one family. Pure. */
export function portsOfService(service: Readonly<coreV1.Service>, slices: Slices, { family, node }: { family: IpFamily; node: NodePlace }): readonly RoutedPort[] {
  return readService(service, family).map((port) => routePort(port, endpointsOf(port, slices, { family, nodeName: node.name }), node));
}

/** One service whose ports are no longer what they were. */
export interface PortChange { key: string; before: readonly RoutedPort[]; after: readonly RoutedPort[] }

/**
 * The ports of all services under one family. Only services that were noted are looked at again, so a change costs the same among ten
 * services and among ten thousand; what comes of it equals a look at all of them.
 */
export class RoutedPorts {
  readonly #family: IpFamily;
  readonly #source: ServiceSource;
  readonly #ports = new Map<string, readonly RoutedPort[]>();
  readonly #noted = new Set<string>();
  #endpointCount = 0;

  constructor(source: ServiceSource, family: IpFamily) {
    this.#source = source;
    this.#family = family;
  }

  /** All ports, by the keys of their services. */
  get byService(): ReadonlyMap<string, readonly RoutedPort[]> { return this.#ports; }

  /** All ports, in no order that matters. */
  all(): RoutedPort[] { return [...this.#ports.values()].flat(); }

  /** How many endpoints the ports lead to, in all. */
  get endpointCount(): number { return this.#endpointCount; }

  /** Something of this service or of its slices changed. */
  note(key: string): void { this.#noted.add(key); }

  /** The node's place changed, so that any service may go elsewhere. */
  noteAll(): void {
    for (const key of this.#source.serviceKeys()) this.#noted.add(key);
    for (const key of this.#ports.keys()) this.#noted.add(key);
  }

  get pending(): number { return this.#noted.size; }

  /** Looks again at what was noted, and tells which services differ. */
  update(node: NodePlace): readonly PortChange[] {
    const changes: PortChange[] = [];
    for (const key of this.#noted) {
      const service = this.#source.service(key);
      const before = this.#ports.get(key) ?? [];
      const after = service === undefined ? [] : portsOfService(service, this.#source.slices(key), { family: this.#family, node });
      if (JSON.stringify(before) === JSON.stringify(after)) continue;
      if (after.length === 0) this.#ports.delete(key); else this.#ports.set(key, after);
      this.#endpointCount += countEndpoints(after) - countEndpoints(before);
      changes.push({ key, before, after });
    }
    this.#noted.clear();
    return changes;
  }
}

export function countEndpoints(ports: readonly RoutedPort[]): number {
  let count = 0;
  for (const { reachableEndpoints } of ports) count += reachableEndpoints.length;
  return count;
}
