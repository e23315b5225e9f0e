import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

type Event = coreV1.Event & KubeObject;

/** Events, which vanish by themselves. */
export const eventStrategy: Strategy<Event> = {
  allowCreateOnUpdate: true,
  selectableFields: ({ involvedObject = {}, reason = '', reportingComponent = '', source, type = '' }) => ({
    'involvedObject.kind': involvedObject.kind ?? '', 'involvedObject.namespace': involvedObject.namespace ?? '', 'involvedObject.name': involvedObject.name ?? '', 'involvedObject.uid': involvedObject.uid ?? '',
    'involvedObject.apiVersion': involvedObject.apiVersion ?? '', 'involvedObject.resourceVersion': involvedObject.resourceVersion ?? '', 'involvedObject.fieldPath': involvedObject.fieldPath ?? '',
    reason, reportingComponent, source: source?.component || reportingComponent, type,
  }),
};
