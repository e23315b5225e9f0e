import { internalError, internalErrorWithoutReason, invalid, invalidValue } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import type { Allocation } from './allocation.ts';
import { choosesNodePorts, needsHealthCheckPort, needsNodePort, nodePortsOf, type Service, type ServiceSpec } from './service-kind.ts';

export interface PortRange { low: number; high: number }

/** The lowest ports are given out last, so that people may choose them by hand: a thirty-second, within these bounds. */
const HAND_PICKED = { min: 16, max: 128, share: 32 };
const RACES_MAX = 64;
const TAKEN = 'provided port is already allocated';
/** What dry runs promise when the request names no port: above the usual range, so that nobody takes it for real. */
const DRY_RUN_PORT = 32_769;

export interface NodePortAllocator {
  /** Takes and fills what a new service needs. */
  takeForCreate(service: Service, allocation: Allocation): Promise<void>;
  /** Takes what is new, gives up what is gone. */
  takeForUpdate(service: Service, old: Readonly<Service>, allocation: Allocation): Promise<void>;
}

export function nodePortAllocator({ range, rng }: { range: PortRange; rng: Rng }): NodePortAllocator {
  const pool: Pool = { range, rng };
  return {
    async takeForCreate(service, allocation) {
      const spec = service.spec ?? {};
      if (needsNodePort(spec)) await fillNewPorts(service, pool, allocation);
      if (needsHealthCheckPort(spec)) await takeHealthCheckPort(spec, pool, allocation);
    },
    async takeForUpdate(service, old, allocation) {
      const [spec, before] = [service.spec ?? {}, old.spec ?? {}];
      if (needsNodePort(spec)) await fillChangedPorts(service, nodePortsOf(before), pool, allocation);
      const now = new Set(needsNodePort(spec) ? nodePortsOf(spec) : []);
      if (needsNodePort(before)) for (const port of nodePortsOf(before)) if (!now.has(port)) allocation.giveUpPort(port);
      const [needs, needed] = [needsHealthCheckPort(spec), needsHealthCheckPort(before)];
      if (needs && !needed) await takeHealthCheckPort(spec, pool, allocation);
      if (!needs && needed && before.healthCheckNodePort) allocation.giveUpPort(before.healthCheckNodePort);
    },
  };
}

interface Pool { range: PortRange; rng: Rng }

/** The same port in several protocols gets the same port on nodes. */
async function fillNewPorts(service: Service, pool: Pool, allocation: Allocation): Promise<void> {
  const spec = service.spec ?? {};
  const ports = spec.ports ?? [];
  const byPort = new Map<number, number>();
  for (const [index, one] of ports.entries()) {
    if (!one.nodePort && !choosesNodePorts(spec)) continue;
    const known = byPort.get(one.port);
    if (known === undefined) {
      const named = ports.find(({ port, nodePort }) => port === one.port && nodePort)?.nodePort;
      one.nodePort = named === undefined ? await takeAnyPort(pool, allocation) : await takeNamedPort(named, index, { service, pool, allocation });
      byPort.set(one.port, one.nodePort);
    } else if (!one.nodePort) one.nodePort = known;
    else if (one.nodePort !== known) await takeNamedPort(one.nodePort, index, { service, pool, allocation });
  }
}

async function fillChangedPorts(service: Service, had: readonly number[], pool: Pool, allocation: Allocation): Promise<void> {
  const spec = service.spec ?? {};
  const seen = new Set<string>();
  for (const [index, one] of (spec.ports ?? []).entries()) {
    if (!one.nodePort && !choosesNodePorts(spec)) continue;
    if (!one.nodePort) one.nodePort = await takeAnyPort(pool, allocation);
    else if (!had.includes(one.nodePort) && !allocation.takenPorts.includes(one.nodePort)) await takeNamedPort(one.nodePort, index, { service, pool, allocation });
    const key = `{${one.protocol ?? ''} ${one.nodePort}}`;
    if (seen.has(key)) throw internalErrorWithoutReason(`duplicate nodePort: ${key}`);
    seen.add(key);
  }
}

async function takeHealthCheckPort(spec: ServiceSpec, pool: Pool, allocation: Allocation): Promise<void> {
  if (!spec.healthCheckNodePort) { spec.healthCheckNodePort = await takeAnyPort(pool, allocation); return; }
  const fault = await tryPort(spec.healthCheckNodePort, pool, allocation);
  if (fault !== undefined) throw internalError(`failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${fault}`);
}

async function takeNamedPort(port: number, index: number, { service, pool, allocation }: { service: Service; pool: Pool; allocation: Allocation }): Promise<number> {
  const fault = await tryPort(port, pool, allocation);
  if (fault !== undefined) throw invalid({ group: '', kind: 'Service' }, service.metadata.name, [invalidValue(`spec.ports[${index}].nodePort`, port, fault)]);
  return port;
}

/** What is wrong with taking it; undefined: it is taken. A dry run does not mind the range, as in Kubernetes. */
async function tryPort(port: number, { range }: Pool, allocation: Allocation): Promise<string | undefined> {
  if (allocation.dryRun) {
    if (allocation.takenPorts.includes(port) || await allocation.portSeemsTaken(port)) return TAKEN;
    allocation.pretendPort(port);
    return undefined;
  }
  if (port < range.low || port > range.high) return `provided port is not in the valid range. The range of valid ports is ${range.low}-${range.high}`;
  return await allocation.takePort(port) ? undefined : TAKEN;
}

async function takeAnyPort(pool: Pool, allocation: Allocation): Promise<number> {
  if (allocation.dryRun) {
    const port = allocation.takenPorts.length === 0 ? DRY_RUN_PORT : Math.max(...allocation.takenPorts) + 1;
    allocation.pretendPort(port);
    return port;
  }
  let races = 0;
  for (const port of portCandidates(pool)) {
    if (await allocation.portSeemsTaken(port)) continue;
    if (await allocation.takePort(port)) return port;
    if (++races === RACES_MAX) break;
  }
  throw internalError('failed to allocate a nodePort: range is full');
}

/** Every port once: from somewhere in the upper part round it, then round the hand-picked ones. */
export function* portCandidates({ range: { low, high }, rng }: Pool): Iterable<number> {
  const size = high - low + 1;
  const kept = size <= HAND_PICKED.min ? 0 : Math.min(Math.max(HAND_PICKED.min, Math.floor(size / HAND_PICKED.share)), HAND_PICKED.max);
  for (const [first, count] of [[low + kept, size - kept], [low, kept]] as const) {
    const start = Math.floor(rng.next() * count);
    for (let step = 0; step < count; step++) yield first + (start + step) % count;
  }
}
