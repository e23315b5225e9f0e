import { errorMessage, isAbortError, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Claim, ClaimOwner, Claims } from './claims.ts';
import type { Service } from './service-kind.ts';
import { clusterIpsOf, portsOf } from './service-reservation.ts';

const INTERVAL_MS = 3 * 60_000;
/** New services wait for the first time. */
const FIRST_RETRY_MS = 500;
/** Younger claims may belong to a write that is under way: requests last a minute at most. */
const ORPHAN_AGE_MS = 2 * 60_000;
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';

export interface RepairParts {
  ips: Claims;
  ports: Claims;
  /** All services, as new as every write acknowledged before the call. */
  listServices(): Promise<readonly Service[]>;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  /** Who made the IPAddress objects that may be deleted; users may make others. */
  manager: string;
}

/**
 * Makes claims and services agree again, now and then: a crash between a claim and its service leaves the claim behind, and a service that
 * another API server wrote has none. All replicas may do this at once: each step is harmless when done twice.
 */
export async function runRepair(parts: RepairParts, { signal, onRepaired }: { signal: AbortSignal; /** After each time that it came to its end. */ onRepaired: () => void }): Promise<void> {
  let isFirst = true;
  while (!signal.aborted) {
    try {
      await repairOnce(parts);
      isFirst = false;
      onRepaired();
    } catch (error) {
      if (signal.aborted && isAbortError(error)) return;
      parts.logger.warn('could not repair allocations of services', { error: errorMessage(error) });
    }
    await parts.clock.sleep(isFirst ? FIRST_RETRY_MS : INTERVAL_MS * (1 + parts.rng.next()), { signal }).catch(() => undefined); // the loop's condition sees the abort
  }
}

export async function repairOnce({ ips, ports, listServices, clock, logger, manager }: RepairParts): Promise<void> {
  const [ipClaims, portClaims] = [await ips.list(), await ports.list()]; // before the services: a claim's service, if any, is written after it
  const services = await listServices();
  const now = clock.now();
  const mine = ipClaims.filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === manager);
  await repair(ips, { claims: ipClaims, removable: mine, services, namesOf: clusterIpsOf, now, logger });
  await repair(ports, { claims: portClaims, removable: portClaims, services, namesOf: (service) => portsOf(service).map(String), now, logger });
}

interface Views { claims: readonly Claim[]; removable: readonly Claim[]; services: readonly Service[]; namesOf(service: Service): string[]; now: number; logger: Logger }

async function repair(store: Claims, { claims, removable, services, namesOf, now, logger }: Views): Promise<void> {
  const { missing, orphaned } = compareClaims({ claims, removable, services, namesOf, now });
  for (const { name, owner } of missing) {
    if (await store.take(name, owner)) logger.info('claimed for a service what it has already', { claim: name, service: `${owner.namespace}/${owner.name}` });
  }
  for (const { name, owner } of orphaned) {
    await store.release(name, owner);
    logger.info('gave back what no service has', { claim: name, service: `${owner.namespace}/${owner.name}` });
  }
}

export interface ClaimChange { name: string; owner: ClaimOwner }

/** What services have without a claim, and old claims of what their service does not have. Pure. */
export function compareClaims({ claims, removable, services, namesOf, now }: Omit<Views, 'logger'>): { missing: ClaimChange[]; orphaned: ClaimChange[] } {
  const claimed = new Set(claims.map(({ metadata }) => metadata.name));
  const used = new Map(services.map((service) => [`${service.metadata.namespace}/${service.metadata.name}`, new Set(namesOf(service))]));
  const missing = services.flatMap((service) => namesOf(service).filter((name) => !claimed.has(name)).map((name) => ({ name, owner: { namespace: service.metadata.namespace ?? '', name: service.metadata.name } })));
  const orphaned = removable.flatMap(({ metadata, spec }) => {
    const { namespace = '', name = '', resource } = spec?.parentRef ?? {};
    const isOld = now - Date.parse(metadata.creationTimestamp ?? '') > ORPHAN_AGE_MS;
    return resource === 'services' && isOld && used.get(`${namespace}/${name}`)?.has(metadata.name) !== true ? [{ name: metadata.name, owner: { namespace, name } }] : [];
  });
  return { missing, orphaned };
}
