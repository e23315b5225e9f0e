import { needsClusterIp, needsHealthCheckPort, needsNodePort, nodePortsOf, sameList, type Service, type ServiceSpec } from './service-kind.ts';

/** Makes an updated service hold what was allocated to it before, where the client left that out, and clusterIP and clusterIPs agree. */
export function carryOver(service: Service, old: Readonly<Service>): void {
  const spec = service.spec ??= {};
  const before = old.spec ?? {};
  if (needsClusterIp(before) && needsClusterIp(spec)) {
    if (!spec.clusterIP) setOrDrop(spec, 'clusterIP', before.clusterIP);
    if (!spec.clusterIPs?.length) setOrDrop(spec, 'clusterIPs', before.clusterIPs && [...before.clusterIPs]);
  }
  if (needsNodePort(before) && needsNodePort(spec)) carryNodePorts(spec, before);
  if (needsHealthCheckPort(before) && needsHealthCheckPort(spec) && !spec.healthCheckNodePort) setOrDrop(spec, 'healthCheckNodePort', before.healthCheckNodePort);
  agree(spec, before);
}

/** Clients that know clusterIP alone mean the list, too. */
export function agreeOnCreate({ spec = {} }: Service): void {
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
}

/** By the port's name, unless another port of the new list has the number already. */
function carryNodePorts(spec: ServiceSpec, before: Readonly<ServiceSpec>): void {
  const now = new Set(nodePortsOf(spec));
  const kept = new Set(nodePortsOf(before).filter((port) => now.has(port)));
  const byName = new Map((before.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]));
  for (const port of spec.ports ?? []) {
    const had = byName.get(port.name ?? '');
    if (!port.nodePort && had !== undefined && !kept.has(had)) port.nodePort = had;
  }
}

function agree(spec: ServiceSpec, before: Readonly<ServiceSpec>): void {
  const [ip = '', ipBefore = ''] = [spec.clusterIP, before.clusterIP];
  if (before.clusterIPs?.length && !spec.clusterIPs?.length && ip === ipBefore) spec.clusterIPs = [...before.clusterIPs];
  if (ip === ipBefore || !sameList(spec.clusterIPs, before.clusterIPs)) return;
  if (ip === '') delete spec.clusterIPs;
  else spec.clusterIPs = [ip];
}

function setOrDrop<K extends keyof ServiceSpec>(spec: ServiceSpec, field: K, value: ServiceSpec[K] | undefined): void {
  if (value === undefined) delete spec[field];
  else spec[field] = value;
}
