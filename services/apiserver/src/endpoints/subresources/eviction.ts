import type { coreV1, policyV1 } from '@kubernode/api';
import { badRequest, forbidden, formatTime, internalErrorWithoutReason, invalid, invalidValue, isConflict, matchesLabels, notFound, selectorFromLabelSelector, StatusError, type KubeObject } from '@kubernode/apimachinery';
import type { Handler } from '../../pipeline/api-request.ts';
import { successStatus } from '../../pipeline/status-answer.ts';
import { fieldManagerOf } from '../../registry/field-managers.ts';
import { normalisedObject } from '../../registry/normalised-object.ts';
import { MANAGER } from '../../registry/object-writer.ts';
import { storeKey, type ServedResource } from '../../registry/served-resource.ts';
import { deleteObject } from '../../registry/write/delete-object.ts';
import { encodeForStore } from '../../registry/write/encode-object.ts';
import type { Admission, WriteRequest } from '../../registry/write/write-request.ts';
import { decodeBody } from '../decode-body.ts';
import type { EndpointServices } from '../endpoint-services.ts';
import { valueAnswer } from '../encode-value.ts';
import { statusForm } from '../object-answer.ts';
import { deleteOptions, type DeleteRequestOptions } from '../delete-options.ts';
import { writeOptions, type WriteRequestOptions } from '../request-options.ts';
import { admitUnstored } from '../unstored-request.ts';
import { writeRequestOf } from '../write-request-of.ts';
import { withPodCondition } from './pod-condition.ts';

type Pod = coreV1.Pod & KubeObject;
type Budget = policyV1.PodDisruptionBudget & KubeObject;
type Eviction = policyV1.Eviction & KubeObject;

const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction', schema: 'io.k8s.api.policy.v1.Eviction', otherVersions: ['v1beta1'] };
const BUDGETS = { group: 'policy', resource: 'poddisruptionbudget' };
const VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget.";
/** Evictions that a controller has not confirmed yet; more are refused. */
const DISRUPTED_PODS_MAX = 2000;
const RETRY_AFTER_SECONDS = 10;
/** Options of the deletion stand in the body. */
const NO_QUERY = new URLSearchParams();
/** An eviction is admitted as such; the deletion that it becomes is not judged again. */
const ADMITTED: Admission = { admit: async () => undefined, validate: async () => undefined };

/** POST of an Eviction: a deletion that asks the pod's disruption budget first. */
export function evictionHandler(pods: ServedResource, budgets: ServedResource, services: EndpointServices): Handler {
  return async (request, context) => {
    const form = statusForm(request);
    const created = writeOptions('CreateOptions', request.query);
    const eviction = decodeBody(request, EVICTION, { fieldValidation: created.fieldValidation, warn: (text) => { context.warnings.push(text); } }) as Eviction; // decoded as one
    context.audit?.requestObject(eviction);
    const judge = await admitUnstored(services.write.admission, { object: eviction, kind: EVICTION }, request, context);
    const options = deletionOf(eviction, context.info.name, created);
    await judge();
    const writeRequest = { ...writeRequestOf(pods, request, context, options), subresource: '' };
    const { storage } = pods;
    const stored = await storage.store.get(storeKey(storage, context.info.namespace, context.info.name), { freshness: { kind: 'consistent' }, signal: request.signal });
    if (stored === undefined) throw notFound(storage, context.info.name);
    await evict(stored.decode<Pod>(), options, { budgets, services: { ...services, write: { ...services.write, admission: ADMITTED } }, writeRequest });
    return valueAnswer(201, { ...successStatus(), code: 201 }, { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
  };
}

/** The deletion that is asked for. An eviction on trial makes it one on trial, too, and says so. */
function deletionOf(eviction: Eviction, name: string, { dryRun }: WriteRequestOptions): DeleteRequestOptions {
  const { deleteOptions: asked } = eviction;
  if (eviction.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  if (asked?.ignoreStoreReadErrorWithClusterBreakingPotential === true) throw invalid(EVICTION, name, [invalidValue('deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential', true, 'can not be set for pod eviction, try after removing the option')]);
  if (asked !== undefined && dryRun && (asked.dryRun ?? []).length === 0) eviction.deleteOptions = { ...asked, dryRun: ['All'] };
  const options = deleteOptions(NO_QUERY, eviction.deleteOptions ?? {});
  return { ...options, dryRun: options.dryRun || dryRun };
}

interface EvictParts { budgets: ServedResource; services: EndpointServices; writeRequest: WriteRequest }

async function evict(pod: Pod, options: DeleteRequestOptions, { budgets, services, writeRequest }: EvictParts): Promise<void> {
  if (isFree(pod)) { await deleteEvicted(options, writeRequest, services); return; }
  const [budget, second] = await budgetsOf(pod, budgets);
  if (second !== undefined) throw internalErrorWithoutReason('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  if (budget === undefined) { await deleteEvicted(options, writeRequest, services); return; }
  if (!isReady(pod) && unhealthyMayGo(budget)) {
    const unchanged = { ...options, preconditions: { resourceVersion: pod.metadata.resourceVersion, ...options.preconditions } };
    try { await deleteEvicted(unchanged, writeRequest, services); } catch (error) {
      throw isConflict(error) && options.preconditions.resourceVersion === undefined ? stillProcessing(budget) : error;
    }
    return;
  }
  await useBudget(budget, pod.metadata.name, { budgets, services, writeRequest });
  await deleteEvicted(options, writeRequest, services);
}

/** Says on the pod why it goes, then deletes it; whoever follows the pod sees both. */
async function deleteEvicted(options: DeleteRequestOptions, request: WriteRequest, services: EndpointServices): Promise<void> {
  const { uid, resourceVersion } = options.preconditions;
  if (options.dryRun) { await deleteObject(options, request, services.write); return; }
  const { storage } = request.served;
  let revision = resourceVersion;
  const { object } = await storage.store.update(storeKey(storage, request.namespace, request.name), (current) => {
    if (current === undefined) throw notFound(storage, request.name);
    const pod = current.decode<Pod>();
    if ((uid || pod.metadata.uid) !== pod.metadata.uid || (resourceVersion || pod.metadata.resourceVersion) !== pod.metadata.resourceVersion) return { kind: 'unchanged' }; // the deletion says so; empty ones count there alone
    revision = undefined;
    return { kind: 'write', bytes: encodeForStore(withDisruption(pod, services.clock.now())) };
  }, { signal: request.signal, fence: request.fence });
  const held = resourceVersion === undefined || revision !== undefined ? resourceVersion : object.decode<Pod>().metadata.resourceVersion;
  await deleteObject({ ...options, preconditions: { uid, resourceVersion: held } }, request, services.write);
}

export function withDisruption(pod: Pod, now: number): Pod {
  const target = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
  return { ...pod, status: { ...pod.status, conditions: withPodCondition(pod.status?.conditions ?? [], target, now) } };
}

/** No budget counts pods that do not run, or go already. */
function isFree({ metadata, status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' || status?.phase === 'Pending' || metadata.deletionTimestamp !== undefined;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

function unhealthyMayGo({ spec, status }: Budget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0;
}

async function budgetsOf({ metadata: { namespace = '', labels } }: Pod, { storage }: ServedResource): Promise<Budget[]> {
  const { items } = await storage.store.list({ keyPrefix: `${namespace}/`, limit: 0, freshness: { kind: 'consistent' } });
  return items.map((item) => item.decode<Budget>()).filter(({ spec }) => spec?.selector !== undefined && matchesLabels(selectorFromLabelSelector(spec.selector), labels));
}

/** Takes one disruption from the budget and writes down for which pod. */
async function useBudget({ metadata: { namespace = '', name } }: Budget, podName: string, { budgets, services, writeRequest }: EvictParts): Promise<void> {
  const { storage } = budgets;
  const keeper = fieldManagerOf(budgets, 'status');
  const now = services.clock.now();
  const key = storeKey(storage, namespace, name);
  const change = (budget: Budget): Budget => decrement(budget, podName, now);
  if (writeRequest.dryRun) {
    const stored = await storage.store.get(key, { freshness: { kind: 'consistent' } });
    if (stored !== undefined) change(stored.decode<Budget>());
    return;
  }
  await storage.store.update(key, (current) => {
    if (current === undefined) throw notFound(storage, name);
    const next = normalisedObject(budgets, change(current.decode<Budget>()));
    return { kind: 'write', bytes: encodeForStore(keeper.update({ live: current.read<KubeObject>(), next, manager: MANAGER, now })) };
  }, { fence: writeRequest.fence });
}

function decrement(budget: Budget, podName: string, now: number): Budget {
  const { metadata: { name, generation = 0 } } = budget;
  const status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...budget.status };
  if ((status.observedGeneration ?? 0) < generation) throw stillProcessing(budget);
  if (status.disruptionsAllowed < 0) throw forbidden(BUDGETS, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > DISRUPTED_PODS_MAX) throw forbidden(BUDGETS, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (status.disruptionsAllowed === 0) throw new StatusError({ code: 429, reason: 'TooManyRequests', message: VIOLATES, details: { causes: [{ reason: 'DisruptionBudget', message: whyNot(budget) }] } });
  status.disruptionsAllowed--;
  status.disruptedPods = { ...status.disruptedPods, [podName]: formatTime(now) };
  if (status.disruptionsAllowed === 0) status.conditions = withoutDisruptions(status.conditions ?? [], generation, now);
  return { ...budget, status };
}

function withoutDisruptions(conditions: NonNullable<NonNullable<Budget['status']>['conditions']>, observedGeneration: number, now: number): typeof conditions {
  const before = conditions.find(({ type }) => type === 'DisruptionAllowed');
  const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : formatTime(now);
  return [...conditions.filter(({ type }) => type !== 'DisruptionAllowed'), { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '', observedGeneration, lastTransitionTime }];
}

function whyNot({ metadata: { name }, status }: Budget): string {
  const condition = status?.conditions?.find(({ type, status: value, message }) => type === 'DisruptionAllowed' && value === 'False' && message !== '');
  if (condition?.reason === 'SyncFailed') return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  if (currentHealthy <= desiredHealthy) return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return `The disruption budget ${name} does not allow evicting pods currently${condition === undefined ? '' : ` (${condition.reason}): ${condition.message}`}`;
}

function stillProcessing({ metadata: { name } }: Budget): StatusError {
  return new StatusError({
    code: 429, reason: 'TooManyRequests', message: VIOLATES,
    details: { retryAfterSeconds: RETRY_AFTER_SECONDS, causes: [{ reason: 'DisruptionBudget', message: `The disruption budget ${name} is still being processed by the server.` }] },
  });
}
