import type { coreV1, discoveryV1 } from '@kubernode/api';

/**
 * Kubernetes sorts ports and subsets by a hash of how Go prints them. What order that gives says nothing, but is the same everywhere;
 * so it is followed here, and a cluster that changes hands has its objects left alone.
 */
export function byGoHash<T>(items: readonly T[], print: (item: T) => string): T[] {
  if (items.length < 2) return [...items];
  return items.map((item) => ({ item, hash: fnv128a(print(item)) })).sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ item }) => item);
}

export function printEndpointPort(port: Readonly<coreV1.EndpointPort>): string { return `(v1.EndpointPort)${endpointPort(port)}`; }

export function printSlicePort({ name, protocol, port, appProtocol }: Readonly<discoveryV1.EndpointPort>): string {
  return `(v1.EndpointPort){Name:${pointer('string', name)} Protocol:${pointer('v1.Protocol', protocol)} Port:${pointer('int32', port)} AppProtocol:${pointer('string', appProtocol)}}`;
}

export function printSubset({ addresses, notReadyAddresses, ports }: Readonly<coreV1.EndpointSubset>): string {
  return `(v1.EndpointSubset){Addresses:${list('v1.EndpointAddress', addresses, address)} NotReadyAddresses:${list('v1.EndpointAddress', notReadyAddresses, address)} Ports:${list('v1.EndpointPort', ports, endpointPort)}}`;
}

function endpointPort({ name = '', port, protocol = '', appProtocol }: Readonly<coreV1.EndpointPort>): string {
  return `{Name:(string)${name} Port:(int32)${port} Protocol:(v1.Protocol)${protocol} AppProtocol:${pointer('string', appProtocol)}}`;
}

function address({ ip, hostname = '', nodeName, targetRef }: Readonly<coreV1.EndpointAddress>): string {
  return `{IP:(string)${ip} Hostname:(string)${hostname} NodeName:${pointer('string', nodeName)} TargetRef:${pointer('v1.ObjectReference', targetRef && reference(targetRef))}}`;
}

function reference({ kind = '', namespace = '', name = '', uid = '', apiVersion = '', resourceVersion = '', fieldPath = '' }: Readonly<coreV1.ObjectReference>): string {
  return `{Kind:(string)${kind} Namespace:(string)${namespace} Name:(string)${name} UID:(types.UID)${uid} APIVersion:(string)${apiVersion} ResourceVersion:(string)${resourceVersion} FieldPath:(string)${fieldPath}}`;
}

function pointer(type: string, value: string | number | undefined): string { return `(*${type})${value ?? '<nil>'}`; }

function list<T>(type: string, items: readonly T[] | undefined, print: (item: T) => string): string {
  return `([]${type})${items === undefined || items.length === 0 ? '<nil>' : `[${items.map(print).join(' ')}]`}`;
}

/** FNV-1a of 128 bits as hex, whose order is the hash's. The prime is 2^88 + 0x13b. */
export function fnv128a(text: string): string {
  let [a, b, c, d] = [0x6c62272e, 0x07bb0142, 0x62b82175, 0x6295c58d];
  for (const byte of Buffer.from(text)) {
    d = (d ^ byte) >>> 0;
    const low = d * 0x13b;
    const second = c * 0x13b + Math.floor(low / 2 ** 32);
    const third = b * 0x13b + ((d << 24) >>> 0) + Math.floor(second / 2 ** 32);
    const top = a * 0x13b + (d >>> 8) + ((c << 24) >>> 0) + Math.floor(third / 2 ** 32);
    [a, b, c, d] = [top >>> 0, third >>> 0, second >>> 0, low >>> 0];
  }
  return [a, b, c, d].map((word) => word.toString(16).padStart(8, '0')).join('');
}
