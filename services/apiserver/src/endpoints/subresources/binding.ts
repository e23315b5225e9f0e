import type { coreV1 } from '@kubernode/api';
import { badRequest, conflict, formatTime, internalErrorWithoutReason, invalid, notFound, notSupported, required, type KubeObject } from '@kubernode/apimachinery';
import type { Handler } from '../../pipeline/api-request.ts';
import { successStatus } from '../../pipeline/status-answer.ts';
import { storeKey, type ServedResource } from '../../registry/served-resource.ts';
import { encodeForStore } from '../../registry/write/encode-object.ts';
import { admissionAttributes } from '../../registry/write/write-request.ts';
import { decodeBody } from '../decode-body.ts';
import type { EndpointServices } from '../endpoint-services.ts';
import { valueAnswer } from '../encode-value.ts';
import { objectForm } from '../object-answer.ts';
import { writeOptions } from '../request-options.ts';
import { writeRequestOf } from '../write-request-of.ts';

type Binding = coreV1.Binding & KubeObject;
type Pod = coreV1.Pod & KubeObject;

const BINDING = { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' };
const BINDINGS = { group: '', resource: 'pods/binding' };

/** POST of a Binding: the scheduler gives a pod its node. Once, and never another. */
export function bindingHandler(pods: ServedResource, services: EndpointServices): Handler {
  return async (request, context) => {
    const form = objectForm(request, {}, []);
    const options = writeOptions('CreateOptions', request.query);
    const binding = decodeBody(request, BINDING, { fieldValidation: options.fieldValidation, warn: (text) => { context.warnings.push(text); } }) as Binding; // decoded as one
    context.audit?.requestObject(binding);
    const name = context.info.subresource === '' ? binding.metadata.name ?? '' : context.info.name;
    if (context.info.subresource !== '' && binding.metadata.name !== name) throw badRequest('name in URL does not match name in Binding object');
    validate(binding);
    const writeRequest = { ...writeRequestOf(pods, request, context, options), name, subresource: 'binding' };
    const attributes = { ...admissionAttributes(writeRequest, { operation: 'CREATE', object: binding, oldObject: undefined }), kind: BINDING };
    await services.write.admission.admit(attributes);
    await services.write.admission.validate(attributes);
    const { storage } = pods;
    const now = services.clock.now();
    const change = (pod: Pod | undefined): Pod => { if (pod === undefined) throw notFound(storage, name); return bind(pod, binding, now); };
    const key = storeKey(storage, context.info.namespace, name);
    if (options.dryRun) change((await storage.store.get(key, { freshness: { kind: 'consistent' }, signal: request.signal }))?.decode<Pod>());
    else await storage.store.update(key, (current) => ({ kind: 'write', bytes: encodeForStore(change(current?.decode<Pod>())) }), { signal: request.signal, fence: writeRequest.fence });
    return valueAnswer(201, { ...successStatus(), code: 201 }, { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
  };
}

function validate({ target, metadata }: Binding): void {
  if (target === undefined || target.name === undefined || target.name === '') {
    if (target?.kind === undefined && target?.name === undefined) throw internalErrorWithoutReason('Binding.target: Required value');
    throw invalid(BINDING, metadata.name, [required('target.name')]);
  }
  if (target.kind !== undefined && target.kind !== '' && target.kind !== 'Node') throw invalid(BINDING, metadata.name, [notSupported('target.kind', target.kind, ['Node', '<empty>'])]);
}

/** The pod on its node. Throws 409 when it cannot go there any more. */
function bind(pod: Pod, { target, metadata }: Binding, now: number): Pod {
  const { name } = pod.metadata;
  const refuse = (why: string): Error => conflict(BINDINGS, name, why);
  if (metadata.uid !== undefined && metadata.uid !== '' && metadata.uid !== pod.metadata.uid) throw refuse(`Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid ?? ''}`);
  if (pod.metadata.deletionTimestamp !== undefined) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec?.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if ((pod.spec?.schedulingGates?.length ?? 0) > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  if (metadata.annotations !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  if (metadata.labels !== undefined) pod.metadata.labels = { ...pod.metadata.labels, ...metadata.labels };
  pod.spec = { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName: target.name ?? '' };
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: formatTime(now) } as unknown as coreV1.PodCondition; // the time is null until it is probed
  pod.status = { ...pod.status, conditions: [...(pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled'), scheduled] };
  return pod;
}
