import type { coreV1 } from '@kubernode/api';
import { badRequest, conflict, formatFieldErrors, internalErrorWithoutReason, notFound, notSupported, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Handler } from '../../pipeline/api-request.ts';
import { successStatus } from '../../pipeline/status-answer.ts';
import { storeKey, type ServedResource } from '../../registry/served-resource.ts';
import { encodeForStore } from '../../registry/write/encode-object.ts';
import { preconditionFailed } from '../../registry/write/precondition-failed.ts';
import type { WriteRequest } from '../../registry/write/write-request.ts';
import { decodeBody } from '../decode-body.ts';
import type { EndpointServices } from '../endpoint-services.ts';
import { valueAnswer } from '../encode-value.ts';
import { statusForm } from '../object-answer.ts';
import { writeOptions } from '../request-options.ts';
import { admitUnstored } from '../unstored-request.ts';
import { writeRequestOf } from '../write-request-of.ts';
import { withPodCondition } from './pod-condition.ts';

type Binding = coreV1.Binding & KubeObject;
type Pod = coreV1.Pod & KubeObject;

const BINDING = { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' };
const BINDINGS = { group: '', resource: 'pods/binding' };

/** POST of a Binding: the scheduler gives a pod its node. Once, and never another. */
export function bindingHandler(pods: ServedResource, services: EndpointServices): Handler {
  return async (request, context) => {
    const { info } = context;
    const form = statusForm(request);
    const options = writeOptions('CreateOptions', request.query);
    const binding = decodeBody(request, BINDING, { fieldValidation: options.fieldValidation, warn: (text) => { context.warnings.push(text); } }) as Binding; // decoded as one
    context.audit?.requestObject(binding);
    const name = info.name === '' ? binding.metadata.name : info.name;
    if ((name as string | undefined ?? '') === '') throw badRequest('Name parameter required.'); // a client may leave it out
    const judge = await admitUnstored(services.write.admission, { object: binding, kind: BINDING, hasPreconditions: info.subresource !== '' }, request, context);
    if (binding.metadata.name !== name) throw badRequest('name in URL does not match name in Binding object');
    const faults = faultsOf(binding);
    if (faults.length > 0) throw internalErrorWithoutReason(formatFieldErrors(faults));
    await judge();
    await assign({ ...writeRequestOf(pods, request, context, options), name }, binding, services);
    return valueAnswer(201, { ...successStatus(), code: 201 }, { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
  };
}

function faultsOf({ target }: Binding): FieldError[] {
  const { kind = '', name = '' } = (target as Binding['target'] | undefined) ?? {}; // a client may leave it out
  return [...(kind === '' || kind === 'Node' ? [] : [notSupported('target.kind', kind, ['Node', '<empty>'])]), ...(name === '' ? [required('target.name')] : [])];
}

async function assign(request: WriteRequest, binding: Binding, { clock }: EndpointServices): Promise<void> {
  const { served: { storage }, namespace, name, signal, fence, course } = request;
  const now = clock.now();
  const change = (pod: Pod | undefined): Pod => { if (pod === undefined) throw notFound(storage, name); checkPreconditions(request, binding, pod); return bind(pod, binding, now); };
  const key = storeKey(storage, namespace, name);
  if (request.dryRun) change((await storage.store.get(key, { freshness: { kind: 'consistent' }, signal }))?.decode<Pod>());
  else await storage.store.update(key, (current) => ({ kind: 'write', bytes: encodeForStore(change(current?.decode<Pod>())) }), { signal, fence, course });
}

function checkPreconditions(request: WriteRequest, { metadata: { uid, resourceVersion } }: Binding, { metadata }: Pod): void {
  if (uid && uid !== metadata.uid) throw preconditionFailed(request, 'UID', { wanted: uid, actual: metadata.uid });
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) throw preconditionFailed(request, 'ResourceVersion', { wanted: resourceVersion, actual: metadata.resourceVersion });
}

/** The pod on its node. Throws 409 when it cannot go there any more. */
function bind(pod: Pod, { target, metadata }: Binding, now: number): Pod {
  const { name } = pod.metadata;
  const refuse = (why: string): Error => conflict(BINDINGS, name, why);
  if (pod.metadata.deletionTimestamp !== undefined) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec?.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if ((pod.spec?.schedulingGates?.length ?? 0) > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  if (metadata.annotations !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  if (metadata.labels !== undefined) pod.metadata.labels = { ...pod.metadata.labels, ...metadata.labels };
  pod.spec = { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName: target.name ?? '' };
  const { nominatedNodeName: _nominated, ...status } = pod.status ?? {}; // where it was to go says nothing once it is there
  pod.status = { ...status, conditions: withPodCondition(status.conditions ?? [], { type: 'PodScheduled', status: 'True' }, now) };
  return pod;
}
