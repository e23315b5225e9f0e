import { badRequest, internalError, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import type { Handler } from '../pipeline/api-request.ts';
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

function customScale(paths: ScalePaths, apiVersion: string): ScaleForm {
  const { specReplicasPath } = paths;
  return {
    replicas: { [apiVersion]: splitPath(specReplicasPath) },
    show(parent) {
      if (orFail(() => numberAt(json(parent), specReplicasPath)) === undefined) throw internalError(new Error(`the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`));
      return scaleOf(parent, paths);
    },
    of: (parent) => scaleOf(parent, paths),
    put(parent, { spec }) {
      const replicas = spec?.replicas;
      if (replicas === undefined && numberAt(json(parent), specReplicasPath) === undefined) throw badRequest(`the spec replicas field ${JSON.stringify(specReplicasPath)} cannot be empty`);
      orFail(() => setAt(json(parent), specReplicasPath, replicas ?? 0));
      return parent;
    },
  };
}

function scaleOf(parent: KubeObject, { specReplicasPath, statusReplicasPath, labelSelectorPath }: ScalePaths): Scale {
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

function json(object: KubeObject): JsonObject {
  return object as unknown as JsonObject; // custom objects are JSON
}
