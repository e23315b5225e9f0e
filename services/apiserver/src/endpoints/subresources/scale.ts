import type { autoscalingV1 } from '@kubernode/api';
import {
  conflict, copyJson, dnsSubdomainName, formatLabelSelector, invalid, invalidValue, managedFieldsAfterScale, managedFieldsOfScale, notFound, selectorFromLabels, selectorFromLabelSelector, validateObjectMeta,
  type KubeObject, type LabelSelectorObject, type ReplicasPaths,
} from '@kubernode/apimachinery';
import type { Handler } from '../../pipeline/api-request.ts';
import { storeKey, type ServedResource } from '../../registry/served-resource.ts';
import { dropDuplicateOwners } from '../../registry/write/duplicate-owners.ts';
import { updateObject, type SubresourceView } from '../../registry/write/update-object.ts';
import { checkNamespace } from '../create.ts';
import { decodeBody, targetOf } from '../decode-body.ts';
import type { EndpointServices } from '../endpoint-services.ts';
import { valueAnswer } from '../encode-value.ts';
import { trackUpdate } from '../managed-fields.ts';
import { objectForm, transformObject, type AnswerForm } from '../object-answer.ts';
import { createPatcher, patchType, type PatchType } from '../patch.ts';
import { writeOptions } from '../request-options.ts';
import { checkName } from '../update.ts';
import { writeRequestOf } from '../write-request-of.ts';

export type Scale = autoscalingV1.Scale & KubeObject;

/** Where an object keeps what its Scale shows. */
export interface ScaleForm {
  /** Where a body is told to be of another kind in other words. */
  decode?: typeof decodeBody;
  /** By the object's apiVersion. */
  replicas: ReplicasPaths;
  /** The Scale that GET answers. */
  show(parent: KubeObject): Scale;
  /** The Scale that admission judges in the end, and writes answer. */
  of(parent: Readonly<KubeObject>): Scale;
  /** The Scale that writes begin with, where that is another one. */
  begin?(parent: Readonly<KubeObject>): Scale;
  /** The object with the replicas of a Scale; the object given may be changed. */
  put(parent: KubeObject, scale: Scale): KubeObject;
}

interface Scalable extends KubeObject {
  spec?: { replicas?: number; selector?: LabelSelectorObject | Record<string, string> };
  status?: { replicas?: number };
}

const SCALE_KIND = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

/** /scale: the replicas of a workload, the same for every kind that has them. */
export function scaleHandlers(served: ServedResource, services: EndpointServices, scaled: ScaleForm = workloadScale(served)): Readonly<Record<'get' | 'update' | 'patch', Handler>> {
  const asScale = scaleResource(served);
  const write = (verb: 'update' | 'patch'): Handler => async (request, context) => {
    const type = verb === 'patch' ? patchType(request.headers['content-type'], served) : undefined;
    const form = objectForm(request, served);
    const options = writeOptions(verb === 'patch' ? 'PatchOptions' : 'UpdateOptions', request.query, type === 'apply');
    const writeRequest = writeRequestOf(served, request, context, options);
    if (type !== undefined) context.audit?.requestPatch(request.body);
    const next = type === undefined ? replacement() : patched(type);
    const { object } = await updateObject({ allowCreate: false, uidIsPrecondition: verb === 'update', view: scaleView(scaled, served), next }, writeRequest, services.write);
    return answer(scaled.of(object.decode<KubeObject>()), form);

    function patched(by: PatchType): (live: KubeObject | undefined) => KubeObject {
      const patcher = createPatcher(by, { served: asScale, services, request, options, subresource: 'scale', warn: writeRequest.warn });
      return (live) => {
        const wanted = patcher(live);
        checkName(wanted, context.info.name);
        checkNamespace(served, wanted, context.info.namespace);
        return wanted;
      };
    }

    function replacement(): (live: KubeObject | undefined) => KubeObject {
      const body = (scaled.decode ?? decodeBody)(request, targetOf(asScale), { fieldValidation: options.fieldValidation, warn: writeRequest.warn });
      context.audit?.requestObject(body);
      checkNamespace(served, body, context.info.namespace);
      checkName(body, context.info.name);
      dropDuplicateOwners(body, writeRequest.warn, { afterAdmission: false });
      return (live) => trackUpdate(live, copyJson(body), { served: asScale, services, request, fieldManager: options.fieldManager, subresource: 'scale' });
    }
  };
  const answer = (scale: Scale, form: AnswerForm): ReturnType<typeof valueAnswer> =>
    valueAnswer(200, transformObject(served, scale, form, services), { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
  return {
    update: write('update'), patch: write('patch'),
    get: async (request, { info }) => {
      const form = objectForm(request, served);
      const stored = await served.storage.store.get(storeKey(served.storage, info.namespace, info.name), { freshness: { kind: 'consistent' }, signal: request.signal });
      if (stored === undefined) throw notFound(served.storage, info.name);
      return answer(scaled.show(stored.decode<KubeObject>()), form);
    },
  };
}

/** The Scale as a kind of its own, for decoding, patching and tracking. */
function scaleResource(served: ServedResource): ServedResource {
  const { conversion: _conversion, custom: _custom, ...rest } = served;
  return { ...rest, facts: { ...served.facts, schema: 'io.k8s.api.autoscaling.v1.Scale', kind: 'Scale' }, kind: SCALE_KIND, apiVersion: 'autoscaling/v1', storage: { ...served.storage, strategy: {}, hasStatus: true } };
}

/** A Scale as clients see it: who owns what stays with the workload. */
function scaleOf({ metadata, spec, status }: Readonly<Scalable>, { facts }: ServedResource): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const selector = facts.group === '' ? selectorFromLabels(spec?.selector as Record<string, string> | undefined) : selectorFromLabelSelector(spec?.selector as LabelSelectorObject | undefined); // replication controllers select by a plain map
  const text = formatLabelSelector(selector);
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace && { namespace }), ...(uid && { uid }), ...(resourceVersion && { resourceVersion }), ...(creationTimestamp && { creationTimestamp }) },
    spec: spec?.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status?.replicas ?? 0, ...(text !== '' && { selector: text }) },
  } as Scale; // the fields of one
}

/** The workload as clients and admission see it here. */
function scaleView(scaled: ScaleForm, served: ServedResource): SubresourceView {
  return {
    kind: SCALE_KIND, show: scaled.of,
    begin: (parent) => trackedScaleOf(parent, scaled),
    put: (parent, scale) => withScale(copyJson(parent) as KubeObject, scale as Scale, { scaled, served }), // a private copy; decoded as one
  };
}

/** A Scale with the owners of its replicas, for patching and tracking. */
function trackedScaleOf(parent: Readonly<KubeObject>, { of, begin = of, replicas }: ScaleForm): Scale {
  const scale = begin(parent);
  const entries = managedFieldsOfScale(parent.metadata.managedFields, replicas);
  return entries === undefined || entries.length === 0 ? scale : { ...scale, metadata: { ...scale.metadata, managedFields: entries } };
}

/** Built-in workloads keep them in spec and status. */
function workloadScale(served: ServedResource): ScaleForm {
  const show = (parent: Readonly<KubeObject>): Scale => scaleOf(parent, served);
  return {
    replicas: { [served.apiVersion]: ['spec', 'replicas'] }, show, of: show,
    put(parent: Scalable, scale) {
      const replicas = scale.spec?.replicas ?? 0;
      const { name, uid: wanted } = scale.metadata;
      const { uid } = parent.metadata;
      const faults = [...validateObjectMeta(scale.metadata, { namespaced: true, validateName: dnsSubdomainName }), ...(replicas < 0 ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')] : [])];
      if (faults.length > 0) throw invalid(SCALE_KIND, name, faults);
      if (wanted !== undefined && wanted !== '' && wanted !== uid) throw conflict({ group: served.kind.group, resource: `${served.storage.resource}/scale` }, name, `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid ?? ''}`);
      return { ...parent, spec: { ...parent.spec, replicas } };
    },
  };
}

/** The object with the replicas of a Scale; the Scale's resourceVersion is a precondition. */
function withScale(parent: KubeObject, scale: Scale, { scaled, served: { apiVersion, kind } }: { scaled: ScaleForm; served: ServedResource }): KubeObject {
  const changed = scaled.put(parent, scale);
  const entries = managedFieldsAfterScale({ entries: parent.metadata.managedFields, scaleEntries: scale.metadata.managedFields, apiVersion, replicas: scaled.replicas });
  const { managedFields: _managedFields, ...metadata } = parent.metadata;
  return {
    ...changed, kind: kind.kind, apiVersion,
    metadata: { ...metadata, resourceVersion: scale.metadata.resourceVersion ?? parent.metadata.resourceVersion ?? '', ...(entries && { managedFields: entries }) },
  };
}
