import type { KubeObject } from '@kubernode/apimachinery';
import type { Conversion } from '../registry/served-resource.ts';

/** Fields of the newer kind and what they are called in the stored one. */
const NAMES: readonly (readonly [newer: string, stored: string])[] = [
  ['regarding', 'involvedObject'], ['note', 'message'], ['reportingController', 'reportingComponent'], ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'], ['deprecatedLastTimestamp', 'lastTimestamp'], ['deprecatedCount', 'count'],
];
const TO_STORED = new Map(NAMES);
const FROM_STORED = new Map(NAMES.map(([newer, stored]) => [stored, newer]));

/** events.k8s.io/v1 and the core group's events are the same objects under other names. */
export const eventConversion: Conversion = {
  toStored: (object) => renamed(object, TO_STORED, 'v1'),
  fromStored: (object) => withoutEmpty(renamed(object, FROM_STORED, 'events.k8s.io/v1')),
};

function renamed(object: KubeObject, names: ReadonlyMap<string, string>, apiVersion: string): KubeObject {
  const entries = Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]);
  return { ...Object.fromEntries(entries), apiVersion } as KubeObject; // the three fields that every object has keep their names
}

/** The core kind shows empty reporters, the newer one does not. */
function withoutEmpty(object: KubeObject): KubeObject {
  for (const field of ['reportingController', 'reportingInstance']) if (object[field] === '') delete object[field];
  return object;
}
