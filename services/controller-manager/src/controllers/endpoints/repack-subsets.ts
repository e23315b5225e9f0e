import type { coreV1 } from '@kubernode/api';
import { byGoHash, printEndpointPort, printSubset } from './go-order.ts';

type Subset = Readonly<coreV1.EndpointSubset>;
type Address = Readonly<coreV1.EndpointAddress>;
type Port = Readonly<coreV1.EndpointPort>;

/** The addresses that offer one port, and whether they are ready; no port stands for addresses that offer none. */
interface Offer { port: Port | undefined; ready: Map<string, boolean> }

/**
 * The canonical form of subsets: addresses that offer the same ports with the same readiness stand together, each once, in a fixed
 * order. Where an address is both ready and not ready on a port, it is not ready.
 */
export function repackSubsets(subsets: readonly Subset[]): coreV1.EndpointSubset[] {
  const addresses = new Map<string, Address>();
  const offers = new Map<string, Offer>();
  for (const { addresses: ready = [], notReadyAddresses = [], ports = [] } of subsets) {
    for (const port of ports.length === 0 ? [undefined] : ports) {
      for (const address of ready) note(address, port, true);
      for (const address of notReadyAddresses) note(address, port, false);
    }
  }
  return byGoHash(together(offers).map((group) => packed(group, addresses)), printSubset);

  function note(address: Address, port: Port | undefined, ready: boolean): void {
    const id = idOf(address);
    if (!addresses.has(id)) addresses.set(id, address);
    const portId = port === undefined ? '' : printEndpointPort(port);
    const offer = offers.get(portId) ?? { port, ready: new Map<string, boolean>() };
    offers.set(portId, offer);
    offer.ready.set(id, ready && offer.ready.get(id) !== false);
  }
}

/** Ports that the same addresses offer, in one group. */
function together(offers: ReadonlyMap<string, Offer>): { ports: Port[]; ready: ReadonlyMap<string, boolean> }[] {
  const groups = new Map<string, { ports: Port[]; ready: ReadonlyMap<string, boolean> }>();
  for (const { port, ready } of offers.values()) {
    const id = [...ready].map(([address, isReady]) => `${address} ${isReady}`).sort().join();
    const group = groups.get(id) ?? { ports: [], ready };
    groups.set(id, group);
    if (port !== undefined) group.ports.push(port);
  }
  return [...groups.values()];
}

function packed({ ports, ready }: { ports: Port[]; ready: ReadonlyMap<string, boolean> }, known: ReadonlyMap<string, Address>): coreV1.EndpointSubset {
  const pick = (wanted: boolean): Address[] => [...ready].flatMap(([id, isReady]) => (isReady === wanted ? [known.get(id) as Address] : [])).sort(byIpAndUid); // noted with the offer
  const [addresses, notReadyAddresses] = [pick(true), pick(false)];
  return {
    ...(addresses.length > 0 && { addresses: [...addresses] }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses: [...notReadyAddresses] }),
    ...(ports.length > 0 && { ports: byGoHash(ports, printEndpointPort) }),
  };
}

/** Pods may share an address, so the pod belongs to it. */
function idOf({ ip, targetRef }: Address): string { return `${ip} ${targetRef?.uid ?? ''}`; }

/** An address of nobody stands before one of a pod. */
function byIpAndUid(a: Address, b: Address): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  const [uidA, uidB] = [a.targetRef?.uid ?? '', b.targetRef?.uid ?? ''];
  return uidA < uidB ? -1 : Number(uidA > uidB);
}
