import type { coreV1, discoveryV1 } from '@kubernode/api';

/** What the cluster's zone is made from, as the caches have it now. */
export interface ZoneView {
  /** `cluster.local` */
  domain: string;
  service(namespace: string, name: string): Readonly<coreV1.Service> | undefined;
  /** All slices of a service. */
  slices(namespace: string, service: string): readonly Readonly<discoveryV1.EndpointSlice>[];
  namespaceExists(name: string): boolean;
  /** The service whose cluster IP this is. */
  serviceByAddress(address: string): Readonly<coreV1.Service> | undefined;
  /** Slices of headless services that have this endpoint. */
  slicesByAddress(address: string): readonly Readonly<discoveryV1.EndpointSlice>[];
}

/** One resource record of an answer, apart from its time to live. */
export type ZoneRecord =
  | { name: string; type: 'A' | 'AAAA' | 'CNAME' | 'PTR'; data: string }
  | { name: string; type: 'SRV'; data: { priority: number; weight: number; port: number; target: string } }
  | { name: string; type: 'TXT'; data: string };

/** `notFound`: NXDOMAIN. An empty `found`: the name exists, but has no record of the type. `foreign`: not a name of this cluster. */
export type ZoneAnswer =
  | { kind: 'found'; records: readonly ZoneRecord[]; additional?: readonly ZoneRecord[] }
  | { kind: 'notFound' }
  | { kind: 'foreign' };
