import type { coreV1 } from '@kubernode/api';
import type { SliceChanges } from './slice-drafts.ts';
import { wantsTopologyHints } from './topology-hints.ts';
import { trafficDistributionOf } from './traffic-distribution.ts';

/** What a look at a Service came to. */
export interface SliceReport {
  /** Some pods had to be left out; to be tried again. */
  failed: boolean;
  added: number;
  removed: number;
  created: number;
  updated: number;
  deleted: number;
  endpoints: number;
  slices: number;
  /** As few slices as the endpoints would fit into. */
  desiredSlices: number;
  topology: 'Auto' | 'Disabled';
  trafficDistribution: string;
}

/** Before any family was looked at; `deleted` slices go whatever that brings. */
export function emptyReport(service: Readonly<coreV1.Service>, deleted: number): SliceReport {
  const isAuto = wantsTopologyHints(service);
  return { failed: false, added: 0, removed: 0, created: 0, updated: 0, deleted, endpoints: 0, slices: 0, desiredSlices: 0, topology: isAuto ? 'Auto' : 'Disabled', trafficDistribution: isAuto ? '' : trafficDistributionOf(service) ?? '' };
}

/** What endpoints came to, before slices were reused. */
export type Tally = Pick<SliceReport, 'added' | 'removed' | 'endpoints' | 'desiredSlices'>;

/** Adds a family, of which `present` slices were there. */
export function addTo(report: SliceReport, tally: Tally, { create, update, remove }: SliceChanges, present: number): void {
  for (const name of ['added', 'removed', 'endpoints', 'desiredSlices'] as const) report[name] += tally[name];
  report.created += create.length;
  report.updated += update.length;
  report.deleted += remove.length;
  report.slices += present + create.length - remove.length;
}
