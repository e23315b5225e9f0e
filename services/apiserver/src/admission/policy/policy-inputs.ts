import { isJsonObject, type Json, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import { Authorizer, fromJson, ResourceCheck, type DecideAccess, type Value } from '@kubernode/cel';
import type { AdmissionAttributes } from '../admission.ts';
import { admissionRequest } from '../admission-request.ts';
import type { MatchedResource } from '../matching/match-rules.ts';
import type { ShownObjects } from '../request-objects.ts';
import type { Inputs } from './evaluation.ts';

/** One request as the expressions of a policy see it: the objects in the version of `matched`. */
export interface PolicySubject extends ShownObjects {
  attributes: AdmissionAttributes;
  matched: MatchedResource;
  params: Readonly<KubeObject> | undefined;
  /** Undefined for objects of the cluster. */
  namespace: Readonly<KubeObject> | undefined;
}

/** The values of all names. Without `decide` expressions cannot ask the authorizer. */
export function policyInputs({ attributes, matched, object, oldObject, params, namespace }: PolicySubject, decide?: DecideAccess): Inputs {
  const inputs = new Map<string, Value>([
    ['object', valueOf(object)], ['oldObject', valueOf(oldObject)], ['params', valueOf(params)], ['namespaceObject', namespace === undefined ? null : fromJson(namespaceObject(namespace))],
    ['request', fromJson(admissionRequest(attributes, matched))],
  ]);
  if (decide === undefined) return inputs;
  const { group, resource, subresource, namespace: ofRequest, name } = attributes;
  const authorizer = new Authorizer(decide);
  return inputs.set('authorizer', authorizer).set('authorizer.requestResource', new ResourceCheck(authorizer, { group, resource, subresource, namespace: ofRequest, name }));
}

function valueOf(object: Readonly<KubeObject> | undefined): Value {
  return object === undefined ? null : fromJson(object as Json); // objects are JSON
}

const SHOWN_METADATA = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'labels', 'annotations', 'finalizers'] as const;

/** What policies may know of a namespace: not who owns or manages it. */
function namespaceObject({ metadata, spec, status }: Readonly<KubeObject>): JsonObject {
  const shown = SHOWN_METADATA.flatMap((name) => (metadata[name] === undefined ? [] : [[name, metadata[name] as Json] as const])); // metadata is JSON
  return { metadata: Object.fromEntries(shown), spec: isJsonObject(spec) ? spec : {}, status: isJsonObject(status) ? status : {} };
}
