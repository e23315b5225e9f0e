import type { coreV1 } from '@kubernode/api';
import { dnsLabelFaults, invalidValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { eventFaults, newEventFaults, newEventChanges } from './event-rules.ts';

type Event = coreV1.Event & KubeObject;

const TTL_SECONDS = 3600;
/** What an event is about can be selected by, under the name of either kind. */
const REFERENCE_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const;
const NEWER_VERSION = 'events.k8s.io/v1';

/** Events, which vanish by themselves. What is written through the newer kind is held to its stricter rules. */
export const eventStrategy: Strategy<Event> = {
  defaults(event) {
    for (const field of ['eventTime', 'firstTimestamp', 'lastTimestamp'] as const) event[field] ??= null as never; // Kubernetes shows times that are not set as null
    event.reportingComponent ??= '';
    event.reportingInstance ??= '';
    event.source ??= {};
    event.involvedObject ??= {};
    if (event.count === 0) delete event.count;
  },
  validate: (event, context) => [...eventFaults(event, context?.apiVersion ?? 'v1'), ...(context?.apiVersion === NEWER_VERSION ? newEventFaults(event) : []), ...namespaceFaults(event)],
  validateUpdate: (event, old, { apiVersion = 'v1' }) => [...eventFaults(event, apiVersion), ...(apiVersion === NEWER_VERSION ? newEventChanges(event, old) : []), ...namespaceFaults(event)],
  allowCreateOnUpdate: true,
  ttlSeconds: TTL_SECONDS,
  selectableFields: ({ involvedObject = {}, reason = '', reportingComponent = '', source, type = '' }: Readonly<Partial<Event>>) => ({
    ...Object.fromEntries(['involvedObject', 'regarding'].flatMap((name) => REFERENCE_FIELDS.map((field) => [`${name}.${field}`, involvedObject[field] ?? '']))),
    reason, reportingComponent, reportingController: reportingComponent, source: source?.component || reportingComponent, type,
  }),
};

function namespaceFaults({ metadata }: Readonly<Event>): FieldError[] {
  return dnsLabelFaults(metadata.namespace ?? '').map((fault) => invalidValue('namespace', metadata.namespace ?? '', fault));
}
