import { optionTable, type OptionSpec } from '@kubernode/component-base';

type Ignored = Readonly<Record<string, OptionSpec>>;

const LEVEL = 'controllers look when something changes or falls due, not in periods';
const NO_CLOUD = 'there is no cloud';
const RECYCLER = 'volumes are emptied by a pod as Kubernetes has it';

/** Flags of kube-controller-manager that scripts set and that change nothing here, and why. */
export const ignoredOptions: Ignored = optionTable({
  'allow-untagged-cloud': { kind: 'boolean', help: '', ignored: NO_CLOUD },
  'cidr-allocator-type': { kind: 'string', help: '', ignored: 'ranges come from --cluster-cidr' },
  'cloud-config': { kind: 'string', help: '', ignored: NO_CLOUD },
  'concurrent-service-syncs': { kind: 'int', help: '', ignored: NO_CLOUD },
  'contention-profiling': { kind: 'boolean', help: '', ignored: 'there is one thread' },
  'controller-shutdown-timeout': { kind: 'duration', help: '', ignored: 'controllers end at once: what they do is aborted' },
  'controller-start-interval': { kind: 'duration', help: '', ignored: 'controllers start together' },
  'emulated-version': { kind: 'list', help: '', ignored: 'behaviour is that of Kubernetes 1.36' },
  'emulation-forward-compatible': { kind: 'boolean', help: '', ignored: 'behaviour is that of Kubernetes 1.36' },
  'enable-hostpath-provisioner': { kind: 'boolean', help: '', ignored: 'the local-path provisioner does it' },
  'enable-leader-migration': { kind: 'boolean', help: '', ignored: NO_CLOUD },
  'external-cloud-volume-plugin': { kind: 'string', help: '', ignored: NO_CLOUD },
  'flex-volume-plugin-dir': { kind: 'string', help: '', ignored: 'volumes are CSI, local or of the host' },
  'kube-api-content-type': { kind: 'string', help: '', ignored: 'requests are JSON' },
  'leader-migration-config': { kind: 'string', help: '', ignored: NO_CLOUD },
  'log-flush-frequency': { kind: 'duration', help: '', ignored: 'logs are written at once' },
  'min-resync-period': { kind: 'duration', help: '', ignored: LEVEL },
  'namespace-sync-period': { kind: 'duration', help: '', ignored: LEVEL },
  'pv-recycler-pod-template-filepath-hostpath': { kind: 'string', help: '', ignored: RECYCLER },
  'pv-recycler-pod-template-filepath-nfs': { kind: 'string', help: '', ignored: RECYCLER },
  'route-reconciliation-period': { kind: 'duration', help: '', ignored: NO_CLOUD },
  vmodule: { kind: 'string', help: '', ignored: 'verbosity is one number' },
});
