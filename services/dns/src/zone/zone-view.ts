import type { coreV1, discoveryV1 } from '@kubernode/api';
import type { WireRecord } from '../wire/write-answer.ts';

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

/**
 * `notFound`: NXDOMAIN. An empty `found`: the name exists, but has no record of the type. `alias`: the name stands for one outside of the
 * cluster, whose addresses were asked for. `foreign`: not a name of this cluster.
 */
export type ZoneAnswer =
  | { kind: 'found'; records: readonly WireRecord[]; additional?: readonly WireRecord[] }
  | { kind: 'alias'; records: readonly WireRecord[]; target: string }
  | { kind: 'notFound' }
  | { kind: 'foreign' };
