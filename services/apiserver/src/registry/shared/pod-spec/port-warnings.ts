import type { coreV1 } from '@kubernode/api';
import { goQuote } from '@kubernode/apimachinery';
import { containersOf } from './container-visitor.ts';

interface Placed { port: Readonly<coreV1.ContainerPort>; path: string }

/** Ports that say the same twice, or of which nobody can tell which one is meant. */
export function portWarnings(spec: Readonly<coreV1.PodSpec>, path: string): string[] {
  const ports = containersOf(spec, path).flatMap(([{ ports: own = [] }, at]) => own.map((port, index): Placed => ({ port, path: `${at}.ports[${index}]` })));
  const seen = new Map<string, Placed[]>();
  const warnings: string[] = [];
  for (const placed of ports) {
    const key = `${placed.port.containerPort}/${placed.port.protocol ?? ''}`;
    const others = seen.get(key) ?? [];
    if (warnings.length < WARNINGS_MAX) warnings.push(...hostWarnings(placed), ...overlapWarnings(placed, others.slice(0, WARNINGS_MAX)));
    seen.set(key, others);
    others.push(placed);
  }
  return [...warnings, ...nameWarnings(ports)];
}

/** Answers carry far fewer. */
const WARNINGS_MAX = 100;

function hostWarnings({ port: { name = '', hostIP = '', hostPort = 0, containerPort, protocol = '' }, path }: Placed): string[] {
  if (hostIP === '' || hostPort !== 0) return [];
  return [`${path}: hostIP set without hostPort: {Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`];
}

/** `others` have the same number and protocol. */
function overlapWarnings({ port, path }: Placed, others: readonly Placed[]): string[] {
  return others.flatMap(({ port: other, path: at }) => {
    const [ip, otherIp] = [port.hostIP ?? '', other.hostIP ?? ''];
    const [host, otherHost] = [port.hostPort ?? 0, other.hostPort ?? 0];
    if (ip === otherIp && host === otherHost) return [`${path}: duplicate port definition with ${at}`];
    if (host === 0 || otherHost === 0) return [`${path}: overlapping port definition with ${at}`];
    return host === otherHost && (ip === '') !== (otherIp === '') ? [`${path}: dangerously ambiguous port definition with ${at}`] : [];
  });
}

function nameWarnings(ports: readonly Placed[]): string[] {
  const first = new Map<string, string>();
  return ports.flatMap(({ port: { name = '' }, path }) => {
    if (name === '') return [];
    const other = first.get(name);
    if (other !== undefined) return [`${path}: duplicate port name ${goQuote(name)} with ${other}, services and probes that select ports by name will use ${other}`];
    first.set(name, path);
    return [];
  });
}
