import type { Rng } from '@kubernode/base';
import { invalid, internalErrorWithoutReason, invalidValue, isAlreadyExists, isNotFound, type KubeObject } from '@kubernode/apimachinery';
import type { EtcdClient } from '@kubernode/rpc';
import type { ObjectWriter } from '../../endpoints/endpoint.ts';
import type { Reservation, Reserve } from '../write/write-request.ts';
import { addressAt, parseCidr, type Cidr } from './cidr.ts';
import { needsClusterIp, needsNodePort, type Service } from './service.ts';

export interface AddressOptions {
  writer: AddressWriter;
  etcd: EtcdClient;
  rng: Rng;
  cidrs: readonly string[];
  nodePorts: { low: number; high: number };
}

/** What of the server's own door is used. */
export type AddressWriter = Pick<ObjectWriter, 'create'> & { remove(resource: { group: string; resource: string }, namespace: string, name: string): Promise<void> };

const ADDRESSES = { group: 'networking.k8s.io', resource: 'ipaddresses' };
const SERVICE = { group: '', kind: 'Service' };
/** One key for each port that is taken: creating it is taking it, whichever replica does. */
const NODE_PORT_PREFIX = '/registry/kubernode/node-ports/';
/** Tries by chance before the range is searched from its start. */
const RANDOM_TRIES_MAX = 16;
const SEARCH_MAX = 65_536;

/** Takes cluster IPs (an IPAddress object each) and node ports (an etcd key each) for services, and gives them back. */
export function reserveServiceAddresses(options: AddressOptions): Reserve {
  return async (object, old, { dryRun }) => {
    const reservation = new ServiceReservation(options, object as Service | undefined, old as Readonly<Service> | undefined); // registered for services alone
    if (object !== undefined) await reservation.take(dryRun);
    return reservation;
  };
}

class ServiceReservation implements Reservation {
  readonly #options: AddressOptions;
  readonly #service: Service | undefined;
  readonly #old: Readonly<Service> | undefined;
  readonly #taken: (() => Promise<void>)[] = [];

  constructor(options: AddressOptions, service: Service | undefined, old: Readonly<Service> | undefined) {
    this.#options = options;
    this.#service = service;
    this.#old = old;
  }

  async take(dryRun: boolean): Promise<void> {
    try {
      await this.#takeAddress(dryRun);
      await this.#takePorts(dryRun);
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  async commit(): Promise<void> {
    const kept = new Set(addressesOf(this.#service));
    for (const address of addressesOf(this.#old)) if (!kept.has(address)) await releaseAddress(this.#options, address);
    const keptPorts = new Set(portsOf(this.#service));
    for (const port of portsOf(this.#old)) if (!keptPorts.has(port)) await releasePort(this.#options, port);
  }

  async rollback(): Promise<void> {
    for (const release of this.#taken.splice(0)) await release();
  }

  async #takeAddress(dryRun: boolean): Promise<void> {
    const service = this.#service;
    const spec = service?.spec;
    if (service === undefined || spec === undefined || !needsClusterIp(spec)) return;
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
    if (spec.clusterIP === 'None') { spec.clusterIPs = ['None']; return; }
    if (spec.clusterIP && addressesOf(this.#old).includes(spec.clusterIP)) return;
    const address = spec.clusterIP ? await this.#takeGiven(service, spec.clusterIP, dryRun) : await this.#takeFree(service, dryRun);
    spec.clusterIP = address;
    spec.clusterIPs = [address];
  }

  async #takeGiven(service: Service, address: string, dryRun: boolean): Promise<string> {
    const refuse = (why: string): Error => invalid(SERVICE, service.metadata.name, [invalidValue('spec.clusterIPs', [address], `failed to allocate IP ${address}: ${why}`)]);
    if (!this.#options.cidrs.some((cidr) => parseCidr(cidr).contains(address))) throw refuse(`the provided IP (${address}) is not in the valid range. The range of valid IPs is ${this.#options.cidrs.join(',')}`);
    if (!dryRun && !await this.#claim(service, address)) throw refuse('provided IP is already allocated');
    return address;
  }

  /** By chance in the upper part of the range, which Kubernetes keeps for this; then one after the other. */
  async #takeFree(service: Service, dryRun: boolean): Promise<string> {
    const range = parseCidr(this.#options.cidrs[0] ?? '10.0.0.0/24');
    const low = Math.min(Math.max(16, Math.floor(range.size / 16)), 256);
    for (let i = 0; i < RANDOM_TRIES_MAX; i++) {
      const address = addressAt(range, low + Math.floor(this.#options.rng.next() * (range.size - low - 1)));
      if (dryRun || await this.#claim(service, address)) return address;
    }
    return this.#search(service, range);
  }

  async #search(service: Service, range: Cidr): Promise<string> {
    for (let i = 1; i < Math.min(range.size - 1, SEARCH_MAX); i++) {
      const address = addressAt(range, i);
      if (await this.#claim(service, address)) return address;
    }
    throw internalErrorWithoutReason('failed to allocate a serviceIP: range is full');
  }

  async #claim(service: Service, address: string): Promise<boolean> {
    try {
      await this.#options.writer.create(ADDRESSES, ipAddress(address, service));
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
    this.#taken.push(() => releaseAddress(this.#options, address));
    return true;
  }

  async #takePorts(dryRun: boolean): Promise<void> {
    const spec = this.#service?.spec;
    if (this.#service === undefined || spec === undefined) return;
    const had = new Set(portsOf(this.#old));
    const own = new Set<number>(); // TCP and UDP of one service may share a port
    for (const [i, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort) {
        if (had.has(port.nodePort) || own.has(port.nodePort)) continue;
        const { low, high } = this.#options.nodePorts;
        const refuse = (why: string): Error => invalid(SERVICE, this.#service?.metadata.name ?? '', [invalidValue(`spec.ports[${i}].nodePort`, port.nodePort, why)]);
        if (port.nodePort < low || port.nodePort > high) throw refuse(`provided port is not in the valid range. The range of valid ports is ${low}-${high}`);
        if (!dryRun && !await this.#claimPort(port.nodePort)) throw refuse('provided port is already allocated');
      } else if (needsNodePort(spec)) port.nodePort = await this.#freePort(dryRun);
      if (port.nodePort) own.add(port.nodePort);
    }
  }

  async #freePort(dryRun: boolean): Promise<number> {
    const { low, high } = this.#options.nodePorts;
    const start = Math.floor(this.#options.rng.next() * (high - low + 1));
    for (let i = 0; i <= high - low; i++) {
      const port = low + ((start + i) % (high - low + 1));
      if (dryRun || await this.#claimPort(port)) return port;
    }
    throw internalErrorWithoutReason('failed to allocate a nodePort: range is full');
  }

  async #claimPort(port: number): Promise<boolean> {
    const metadata = this.#service?.metadata;
    const key = `${NODE_PORT_PREFIX}${port}`;
    const value = Buffer.from(`${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`);
    const { succeeded } = await this.#options.etcd.txn({ compare: [{ key, target: 'createRevision', equals: 0 }], success: [{ kind: 'put', key, value }], failure: [] });
    if (succeeded) this.#taken.push(() => releasePort(this.#options, port));
    return succeeded;
  }
}

function addressesOf(service: Readonly<Service> | undefined): string[] {
  return (service?.spec?.clusterIPs ?? []).filter((address) => address !== 'None' && address !== '');
}

function portsOf(service: Readonly<Service> | undefined): number[] {
  return (service?.spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
}

async function releaseAddress({ writer }: AddressOptions, address: string): Promise<void> {
  try { await writer.remove(ADDRESSES, '', address.replaceAll(':', '-')); } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function releasePort({ etcd }: AddressOptions, port: number): Promise<void> {
  await etcd.delete({ key: `${NODE_PORT_PREFIX}${port}` });
}

export function ipAddress(address: string, { metadata }: Pick<KubeObject, 'metadata'>): KubeObject {
  return {
    kind: 'IPAddress', apiVersion: 'networking.k8s.io/v1',
    metadata: { name: address, labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' } },
    spec: { parentRef: { group: '', resource: 'services', namespace: metadata.namespace ?? '', name: metadata.name } },
  };
}
