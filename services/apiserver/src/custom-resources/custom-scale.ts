import { badRequest, internalError, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import type { Handler } from '../pipeline/api-request.ts';
import { decodeBody } from '../endpoints/decode-body.ts';
import { decodeDocument, unrecognized } from '../endpoints/decode-document.ts';
import { scaleHandlers, type Scale, type ScaleForm } from '../endpoints/subresources/scale.ts';
import type { EndpointServices } from '../endpoints/endpoint-services.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { numberAt, PathFault, setAt, splitPath, textAt, type ScalePaths } from './scale-paths.ts';

/** /scale of a custom resource, at the paths that its definition names. */
export function customScaleHandlers(served: ServedResource, services: EndpointServices): Readonly<Record<'get' | 'update' | 'patch', Handler>> {
  const paths = served.custom?.scale;
  if (paths === undefined) throw new Error('broken invariant: no scale');
  return scaleHandlers(served, services, customScale(paths, served.apiVersion));
}

/** Patches of a Scale whose object has no replicas begin with these, as in Kubernetes: the smallest number that the field can hold. */
const REPLICAS_UNSET = -2_147_483_648;

function customScale(paths: ScalePaths, apiVersion: string): ScaleForm {
  const { specReplicasPath } = paths;
  return {
    replicas: { [apiVersion]: splitPath(specReplicasPath) },
    decode: decodeScale,
    show(parent) {
      if (orFail(() => numberAt(json(parent), specReplicasPath)) === undefined) throw internalError(new Error(`the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`));
      return scaleOf(parent, paths);
    },
    of: (parent) => scaleOf(parent, paths),
    begin: (parent) => {
      const scale = scaleOf(parent, paths);
      return numberAt(json(parent), specReplicasPath) === undefined ? { ...scale, spec: { replicas: REPLICAS_UNSET } } : scale;
    },
    put(parent, { spec: { replicas = 0 } = {} }) {
      if (replicas === REPLICAS_UNSET) throw badRequest(`the spec replicas field ${JSON.stringify(specReplicasPath)} cannot be empty`);
      orFail(() => setAt(json(parent), specReplicasPath, replicas));
      return parent;
    },
  };
}

/** Kubernetes has no words for a body of another kind here but those of its own scheme. */
function decodeScale(...[request, target, options]: Parameters<typeof decodeBody>): KubeObject {
  const { kind, apiVersion } = decodeDocument(request.body, request.headers['content-type'], (message) => unrecognized('Scale', message, request.body));
  if ((kind !== '' && kind !== 'Scale') || (apiVersion !== '' && apiVersion !== 'autoscaling/v1')) throw badRequest('no kind is registered for the type v1.Scale in scheme "k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go:781"');
  return decodeBody(request, target, options);
}

function scaleOf(parent: Readonly<KubeObject>, { specReplicasPath, statusReplicasPath, labelSelectorPath }: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = parent.metadata;
  const object = json(parent);
  return orFail(() => {
    const replicas = numberAt(object, specReplicasPath) ?? 0;
    const selector = labelSelectorPath === undefined ? '' : textAt(object, labelSelectorPath) ?? '';
    return {
      kind: 'Scale', apiVersion: 'autoscaling/v1',
      metadata: { name, ...(namespace && { namespace }), ...(uid && { uid }), ...(resourceVersion && { resourceVersion }), ...(creationTimestamp && { creationTimestamp }) },
      spec: replicas === 0 ? {} : { replicas },
      status: { replicas: numberAt(object, statusReplicasPath) ?? 0, ...(selector !== '' && { selector }) },
    } as Scale; // the fields of one
  });
}

function orFail<T>(read: () => T): T {
  try { return read(); } catch (error) { throw error instanceof PathFault ? internalError(error) : error; }
}

function json(object: Readonly<KubeObject>): JsonObject {
  return object as unknown as JsonObject; // custom objects are JSON
}
