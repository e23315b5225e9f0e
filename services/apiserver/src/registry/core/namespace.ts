import type { coreV1 } from '@kubernode/api';
import { dnsLabelName, formatTime, invalidValue, labelKeyFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { DeleteRequestOptions } from '../../endpoints/delete-options.ts';
import type { Strategy } from '../strategy.ts';

type Namespace = coreV1.Namespace & KubeObject;
const NAME_LABEL = 'kubernetes.io/metadata.name';
const FINALIZER = 'kubernetes';

/** Namespaces stay while their own list of finalizers is not empty: the controller that empties them takes the last one away. */
export const namespaceStrategy: Strategy<Namespace> = {
  defaults(namespace) {
    const { metadata, status } = namespace;
    if (status !== undefined && !status.phase) status.phase = 'Active';
    if (metadata.name) metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
  },
  prepareForCreate(namespace) {
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec?.finalizers ?? [];
    if (!finalizers.includes(FINALIZER)) namespace.spec = { ...namespace.spec, finalizers: [...finalizers, FINALIZER] };
    if (namespace.metadata.name) namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: namespace.metadata.name };
  },
  prepareForUpdate(namespace, old, { subresource }) {
    if (subresource === 'finalize') {
      if (old.status !== undefined) namespace.status = structuredClone(old.status) as coreV1.NamespaceStatus; // a private copy
      return;
    }
    if (old.spec === undefined) delete namespace.spec;
    else namespace.spec = structuredClone(old.spec) as coreV1.NamespaceSpec; // likewise
  },
  validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((name) => finalizerFaults(name, 'spec.finalizers')),
  validateUpdate: (namespace, _old, { subresource }) => {
    if (subresource === 'finalize') return (namespace.spec?.finalizers ?? []).flatMap((name, index) => finalizerFaults(name, `spec.finalizers[${index}]`));
    return subresource === 'status' ? phaseFaults(namespace) : [];
  },
  validateName: dnsLabelName,
  selectableFields: ({ metadata, status }) => ({ name: metadata.name, 'status.phase': status?.phase ?? '' }),
  isHeld: ({ spec }) => (spec?.finalizers?.length ?? 0) > 0,
  beginDeletion(namespace, now, options) {
    const { metadata } = namespace;
    metadata.deletionTimestamp = formatTime(now);
    namespace.status = { ...namespace.status, phase: 'Terminating' };
    const finalizers = finalizersOfPolicy(metadata.finalizers ?? [], options);
    if (finalizers.length > 0) metadata.finalizers = finalizers;
    else delete metadata.finalizers;
  },
  returnsDeletedObject: true,
};

/** The old option means more here than elsewhere: without orphans, dependents go first. */
function finalizersOfPolicy(current: readonly string[], { raw: { orphanDependents }, propagationPolicy }: DeleteRequestOptions): string[] {
  const wanted = { orphan: propagationPolicy === 'Orphan', foregroundDeletion: orphanDependents === false || propagationPolicy === 'Foreground' };
  const stays = (name: string): boolean => propagationPolicy === undefined || wanted[name as keyof typeof wanted] !== false; // others are not named there
  return [...new Set([...current.filter(stays), ...Object.entries(wanted).filter(([, isWanted]) => isWanted).map(([name]) => name)])];
}

/** `kubernetes` and those of the garbage collector stand alone; all others need a domain. */
const STANDARD_FINALIZERS: readonly string[] = [FINALIZER, 'orphan', 'foregroundDeletion'];

function finalizerFaults(name: string, path: string): FieldError[] {
  const faults = labelKeyFaults(name).map((fault) => invalidValue(path, name, fault));
  return name.includes('/') || STANDARD_FINALIZERS.includes(name) ? faults : [...faults, invalidValue(path, name, 'name is neither a standard finalizer name nor is it fully qualified')];
}

function phaseFaults({ metadata, status }: Readonly<Namespace>): FieldError[] {
  const phase = status?.phase ?? '';
  if (metadata.deletionTimestamp === undefined) return phase === 'Active' ? [] : [invalidValue('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  return phase === 'Terminating' ? [] : [invalidValue('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
}
