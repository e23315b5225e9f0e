import {
  badRequest, forbiddenField, invalid, matchesFields, matchesLabels, notSupported, parseFieldSelector, parseLabelSelector,
  type FieldError, type FieldSelector, type LabelSelector,
} from '@kubernode/apimachinery';
import type { Freshness, ObjectPredicate } from '@kubernode/storage';
import { isTrue, wantsWatch } from '../filters/request-info.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { decodeContinue } from './continue-token.ts';
import { parseGoInt, parseResourceVersion } from './request-options.ts';

export interface ListRequest {
  labels: LabelSelector;
  fields: FieldSelector;
  matches: ObjectPredicate | undefined;
  limit: number;
  /** Go on behind this key, below the list's own prefix. */
  afterKey: string | undefined;
  continued: boolean;
  resourceVersion: string;
  resourceVersionMatch: string;
  timeoutSeconds: number | undefined;
  allowBookmarks: boolean;
  sendInitialEvents: boolean | undefined;
  freshness: Freshness;
}

/** The options of list, watch and deletecollection; throws Kubernetes' 400 and 422. `usualLimit`: as if the client had named it, for what a resourceVersion means. */
export function listRequest(query: URLSearchParams, served: ServedResource, knownFields: readonly string[], usualLimit = 0): ListRequest {
  const limit = intOf(query, 'limit') ?? 0;
  const timeoutSeconds = intOf(query, 'timeoutSeconds');
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = fieldsOf(query.get('fieldSelector') ?? '', served, knownFields);
  const sendInitialEvents = query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined;
  const resourceVersion = query.get('resourceVersion') ?? '';
  const resourceVersionMatch = query.get('resourceVersionMatch') ?? '';
  const continueToken = query.get('continue') ?? '';
  const watching = wantsWatch(query);
  const errors = watching ? watchErrors({ resourceVersion, resourceVersionMatch, continueToken, sendInitialEvents }) : listErrors({ resourceVersion, resourceVersionMatch, continueToken, sendInitialEvents });
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  const place = watching || continueToken === '' ? undefined : continuation(continueToken, resourceVersion);
  return {
    labels, fields, matches: predicateOf(labels, fields), limit: place !== undefined && resourceVersion === '0' ? 0 : Math.max(0, limit), timeoutSeconds, resourceVersion, resourceVersionMatch, sendInitialEvents,
    allowBookmarks: isTrue(query.get('allowWatchBookmarks')), afterKey: place?.afterKey, continued: place !== undefined,
    freshness: place?.freshness ?? (watching ? { kind: 'consistent' } : freshnessOf(resourceVersion, resourceVersionMatch, limit === 0 ? usualLimit : limit)),
  };
}

/** An empty value is no number. */
function intOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text === null ? undefined : parseGoInt(text);
}

function fieldsOf(text: string, served: ServedResource, known: readonly string[]): FieldSelector {
  const selector = parseFieldSelector(text);
  for (const { field } of selector) {
    if (!known.includes(field)) throw unknownField(field, served);
  }
  return selector;
}

function unknownField(field: string, { storage, apiVersion, kind, custom }: ServedResource): Error {
  const ownWords = UNKNOWN_FIELD_TEXTS[`${apiVersion}/${kind.kind}`]?.(field);
  if (ownWords !== undefined) return badRequest(ownWords);
  if (custom !== undefined || storage.strategy.selectableFields !== undefined) return badRequest(`field label not supported: ${field}`);
  return badRequest(`${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

export function predicateOf(labels: LabelSelector, fields: FieldSelector): ObjectPredicate | undefined {
  if (labels.length === 0 && fields.length === 0) return undefined;
  if (fields.length === 0) return (attributes) => matchesLabels(labels, attributes.labels);
  return (attributes) => matchesLabels(labels, attributes.labels) && matchesFields(fields, attributes.fields);
}

function listErrors({ resourceVersion, resourceVersionMatch, continueToken, sendInitialEvents }: { resourceVersion: string; resourceVersionMatch: string; continueToken: string; sendInitialEvents: boolean | undefined }): FieldError[] {
  const errors: FieldError[] = [];
  if (resourceVersionMatch !== '') {
    if (resourceVersion === '') errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (continueToken !== '') errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
    if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', resourceVersionMatch, ['Exact', 'NotOlderThan', '']));
    if (resourceVersionMatch === 'Exact' && resourceVersion === '0') errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (sendInitialEvents !== undefined) errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

/** A watch from nothing begins with what there is, as if the client had asked for that by `sendInitialEvents`. */
function watchErrors({ resourceVersion, resourceVersionMatch, continueToken, sendInitialEvents }: { resourceVersion: string; resourceVersionMatch: string; continueToken: string; sendInitialEvents: boolean | undefined }): FieldError[] {
  const errors: FieldError[] = [];
  const fromNothing = sendInitialEvents === undefined && resourceVersionMatch === '' && (resourceVersion === '' || resourceVersion === '0');
  if (sendInitialEvents !== undefined && resourceVersionMatch !== 'NotOlderThan') errors.push(forbiddenField('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (resourceVersionMatch !== '') {
    if (sendInitialEvents === undefined) errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
    if (resourceVersionMatch !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', resourceVersionMatch, ['NotOlderThan']));
  }
  if (continueToken !== '' && (resourceVersionMatch !== '' || fromNothing)) errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
  return errors;
}

function continuation(token: string, resourceVersion: string): { afterKey: string; freshness: Freshness } {
  const { revision, startKey } = decodeContinue(token);
  if (resourceVersion !== '' && resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue');
  return { afterKey: startKey.endsWith('\0') ? startKey.slice(0, -1) : startKey, freshness: revision > 0 ? { kind: 'exact', revision } : { kind: 'consistent' } };
}

function freshnessOf(resourceVersion: string, match: string, limit: number): Freshness {
  if (resourceVersion === '') return { kind: 'consistent' };
  const revision = parseResourceVersion(resourceVersion, (message) => badRequest(`invalid resource version: ${message}`));
  if (revision === 0) return { kind: 'any' };
  if (match === 'Exact' || (match === '' && limit > 0)) return { kind: 'exact', revision };
  return { kind: 'notOlderThan', revision };
}

/** Kinds that refuse fields in words of their own. */
const UNKNOWN_FIELD_TEXTS: Readonly<Record<string, (field: string) => string>> = {
  'batch/v1/Job': (field) => `field label ${JSON.stringify(field)} not supported for Job`,
  'resource.k8s.io/v1/ResourceSlice': (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
};
/** What a kind can be selected by is named differently in its versions. */
const UNNAMED_FIELDS: Readonly<Record<string, RegExp>> = {
  'v1/Namespace': /^name$/,
  'v1/Event': /^(regarding\.|reportingController$)/,
  'events.k8s.io/v1/Event': /^(involvedObject\.|reportingComponent$|source$)/,
};

/** The fields that a selector may name, by what the strategy finds in any object. */
export function selectableFieldNames({ storage: { strategy, namespaced }, apiVersion, kind, custom }: ServedResource): readonly string[] {
  const own = strategy.selectableFields === undefined ? [] : Object.keys(strategy.selectableFields({ kind: '', apiVersion: '', metadata: { name: '' } }));
  const unnamed = UNNAMED_FIELDS[`${apiVersion}/${kind.kind}`];
  const hasOwnWords = custom !== undefined || strategy.selectableFields !== undefined; // kinds without are all held to the same two fields
  const common = namespaced || !hasOwnWords ? ['metadata.name', 'metadata.namespace'] : ['metadata.name'];
  return [...common, ...(unnamed === undefined ? own : own.filter((field) => !unnamed.test(field)))];
}
