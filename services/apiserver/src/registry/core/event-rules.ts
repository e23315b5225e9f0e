import type { coreV1 } from '@kubernode/api';
import { immutableField, invalidValue, labelKeyFaults, required, timeToMs, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from '../write/json-equals.ts';

type Event = Readonly<coreV1.Event & KubeObject>;

const INSTANCE_LENGTH_MAX = 128;
const ACTION_LENGTH_MAX = 128;
const REASON_LENGTH_MAX = 128;
const NOTE_LENGTH_MAX = 1024;
const SERIES_COUNT_MIN = 2;
/** Namespaces that events about objects without one are put in. */
const HOMES = ['', 'default'];
const NEWER_HOMES = ['default', 'kube-system'];

/** Rules for all events; those with a time of their own follow the newer ones, whichever kind they are written as. */
export function eventFaults(event: Event, apiVersion: string): FieldError[] {
  const namespace = event.metadata.namespace ?? '';
  const about = event.involvedObject?.namespace ?? '';
  if (timeToMs(event.eventTime) === undefined) {
    const fits = about === '' ? HOMES.includes(namespace) : about === namespace;
    return fits ? [] : [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
  }
  return [
    ...(about === '' && !NEWER_HOMES.includes(namespace) ? [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')] : []),
    ...reporterFaults(event.reportingComponent ?? '', apiVersion === 'v1' ? 'reportingComponent' : 'reportingController'),
    ...textFaults(event.reportingInstance, 'reportingInstance', INSTANCE_LENGTH_MAX), ...textFaults(event.action, 'action', ACTION_LENGTH_MAX), ...textFaults(event.reason, 'reason', REASON_LENGTH_MAX),
    ...lengthFaults(event.message ?? '', 'message', NOTE_LENGTH_MAX),
  ];
}

function reporterFaults(reporter: string, field: string): FieldError[] {
  return [...(reporter === '' ? [required(field)] : []), ...labelKeyFaults(reporter).map((fault) => invalidValue(field, reporter, fault))];
}

function textFaults(text: string | undefined, field: string, max: number): FieldError[] {
  return (text ?? '') === '' ? [required(field)] : lengthFaults(text ?? '', field, max);
}

function lengthFaults(text: string, field: string, max: number): FieldError[] {
  return Buffer.byteLength(text) > max ? [invalidValue(field, '', `can have at most ${max} characters`)] : [];
}

/** What events of the newer kind must have, and must not have any more. */
export function newEventFaults(event: Event): FieldError[] {
  const { eventTime, type = '', firstTimestamp, lastTimestamp, count = 0, source } = event;
  const unset = (set: boolean, field: string): FieldError[] => (set ? [invalidValue(field, '', 'needs to be unset')] : []);
  return [
    ...seriesFaults(event.series), ...(timeToMs(eventTime) === undefined ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalidValue('type', '', `has invalid value: ${type}`)]),
    ...unset(timeToMs(firstTimestamp) !== undefined, 'firstTimestamp'), ...unset(timeToMs(lastTimestamp) !== undefined, 'lastTimestamp'), ...unset(count !== 0, 'count'),
    ...unset((source?.component ?? '') !== '' || (source?.host ?? '') !== '', 'source'),
  ];
}

function seriesFaults(series: coreV1.EventSeries | undefined): FieldError[] {
  if (series === undefined) return [];
  return [
    ...((series.count ?? 0) < SERIES_COUNT_MIN ? [invalidValue('series.count', '', `should be at least ${SERIES_COUNT_MIN}`)] : []),
    ...(timeToMs(series.lastObservedTime) === undefined ? [required('series.lastObservedTime')] : []),
  ];
}

/** Only the series of an event of the newer kind goes on. */
export function newEventChanges(event: Event, old: Event): FieldError[] {
  const whole = (field: 'involvedObject' | 'source' | 'related'): FieldError[] => (jsonEquals(event[field], old[field]) ? [] : [invalidValue(field, event[field] ?? null, 'field is immutable')]);
  const simple = (field: 'reason' | 'message' | 'type' | 'action' | 'reportingInstance', path: string = field): FieldError[] => immutableField(event[field] ?? '', old[field] ?? '', path);
  const time = (field: 'firstTimestamp' | 'lastTimestamp' | 'eventTime'): FieldError[] => immutableField(event[field] ?? null, old[field] ?? null, field);
  return [
    ...(jsonEquals(event.series, old.series) ? [] : seriesFaults(event.series)), ...whole('involvedObject'), ...simple('reason'), ...simple('message'), ...whole('source'),
    ...time('firstTimestamp'), ...time('lastTimestamp'), ...immutableField(event.count ?? 0, old.count ?? 0, 'count'), ...simple('type'), ...time('eventTime'), ...simple('action'),
    ...whole('related'), ...immutableField(event.reportingComponent ?? '', old.reportingComponent ?? '', 'reportingController'), ...simple('reportingInstance'),
  ];
}
