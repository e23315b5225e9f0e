import type { coreV1 } from '@kubernode/api';
import { dnsLabelName, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

type Namespace = coreV1.Namespace & KubeObject;
const NAME_LABEL = 'kubernetes.io/metadata.name';
const FINALIZER = 'kubernetes';

/** Namespaces stay while their own list of finalizers is not empty: the controller that empties them takes the last one away. */
export const namespaceStrategy: Strategy<Namespace> = {
  defaults(namespace) {
    const { metadata } = namespace;
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
  validateName: dnsLabelName,
  selectableFields: ({ metadata, status }) => ({ name: metadata.name, 'status.phase': status?.phase ?? '' }),
  isHeld: ({ spec }) => (spec?.finalizers?.length ?? 0) > 0,
  prepareForDelete(namespace) {
    namespace.status = { ...namespace.status, phase: 'Terminating' };
    delete namespace.metadata.deletionGracePeriodSeconds;
  },
  returnsDeletedObject: true,
};
