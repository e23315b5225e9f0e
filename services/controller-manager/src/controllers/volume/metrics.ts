import { Counter, Gauge, type Registry } from 'prom-client';
import type { coreV1 } from '@kubernode/api';
import { claimClass } from '@kubernode/volume-matching';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** What dashboards of volumes and claims look at, under Kubernetes' names. */
export interface VolumeMetrics {
  /** From now on volumes and claims are counted whenever somebody asks: candidates for the lead say nothing of them. */
  onLead(): void;
  onEphemeralClaim(made: boolean): void;
  onForcedDetach(reason: 'timeout' | 'out-of-service'): void;
}

export interface Counted { volumes(): readonly Volume[]; claims(): readonly Claim[] }

type Labels = Readonly<Record<string, string>>;

/** For one registry as often as one likes: a new term of the leader goes on counting. */
export function volumeMetrics(registry: Registry, counted: Counted): VolumeMetrics {
  const counter = (name: string, help: string, labelNames: string[] = []): Counter => (registry.getSingleMetric(name) as Counter | undefined) ?? new Counter({ name, help, labelNames, registers: [registry] }); // only here
  const attempts = counter('ephemeral_volume_controller_create_total', 'Number of PersistentVolumeClaim creation requests');
  const failures = counter('ephemeral_volume_controller_create_failures_total', 'Number of PersistentVolumeClaim creation requests');
  const forced = counter('attach_detach_controller_attachdetach_controller_forced_detaches', 'Number of times the A/D Controller performed a forced detach', ['reason']);
  return {
    onLead() { if (registry.getSingleMetric('pv_collector_total_pv_count') === undefined) countOnDemand(registry, counted); },
    onEphemeralClaim(made) {
      attempts.inc();
      if (!made) failures.inc();
    },
    onForcedDetach(reason) { forced.inc({ reason }); },
  };
}

function countOnDemand(registry: Registry, { volumes, claims }: Counted): void {
  const gauge = (name: string, help: string, labelNames: string[], tally: () => Iterable<Labels>): void => {
    const made: Gauge = new Gauge({
      name: `pv_collector_${name}`, help, labelNames, registers: [registry],
      collect() {
        made.reset();
        for (const labels of tally()) made.inc(labels);
      },
    });
  };
  const isBound = ({ status }: Claim | Volume): boolean => status?.phase === 'Bound';
  const ofVolumes = (bound: boolean) => (): Labels[] => volumes().filter((one) => isBound(one) === bound).map(({ spec }) => ({ storage_class: spec?.storageClassName ?? '' }));
  const ofClaims = (bound: boolean) => (): Labels[] => claims().filter((one) => isBound(one) === bound).map((one) => ({ namespace: one.metadata.namespace ?? '', storage_class: claimClass(one), volume_attributes_class: one.spec?.volumeAttributesClassName ?? '' }));
  const CLAIM_LABELS = ['namespace', 'storage_class', 'volume_attributes_class'];
  gauge('total_pv_count', 'Gauge measuring total number of persistent volumes', ['plugin_name', 'volume_mode'], () => volumes().map(({ spec }) => ({ plugin_name: pluginOf(spec), volume_mode: spec?.volumeMode ?? 'Filesystem' })));
  gauge('bound_pv_count', 'Gauge measuring number of persistent volume currently bound', ['storage_class'], ofVolumes(true));
  gauge('unbound_pv_count', 'Gauge measuring number of persistent volume currently unbound', ['storage_class'], ofVolumes(false));
  gauge('bound_pvc_count', 'Gauge measuring number of persistent volume claim currently bound', CLAIM_LABELS, ofClaims(true));
  gauge('unbound_pvc_count', 'Gauge measuring number of persistent volume claim currently unbound', CLAIM_LABELS, ofClaims(false));
}

/** As in Kubernetes only the plugins that live in the control plane have a name here. */
function pluginOf(spec: Volume['spec']): string {
  if (spec?.hostPath !== undefined) return 'kubernetes.io/host-path';
  return spec?.nfs === undefined ? 'N/A' : 'kubernetes.io/nfs';
}
