import { formatApiVersion, type GroupVersionKind } from '@kubernode/apimachinery';
import type { OfferedResource } from '../discovery/served-api.ts';
import { groupVersionName, groupVersionTag } from './operation-names.ts';
import { answersWith, ANY_TYPE, CUSTOM_TYPES, OBJECT_TYPES, PATCH_TYPES, SCHEMA_NAMES, type Content, type HttpMethod, type Operation } from './operation.ts';

/** Where a resource is served and how its operations are named. */
export interface OperationContext {
  resource: OfferedResource;
  /** `/apis/apps/v1` or `/api/v1`. */
  root: string;
  /** `/apis/apps/v1/namespaces/{namespace}/deployments` */
  collection: string;
  /** `AppsV1` */
  prefix: string;
  /** `NamespacedDeployment` or `Node` */
  subject: string;
  tags: readonly string[];
}

export const WRITE_QUERY: readonly string[] = ['dryRun', 'fieldManager', 'fieldValidation', 'pretty'];
export const PATCH_QUERY: readonly string[] = [...WRITE_QUERY, 'force'];

export function operationContext(resource: OfferedResource): OperationContext {
  const root = `${resource.group === '' ? '/api' : '/apis'}/${formatApiVersion(resource)}`;
  return {
    resource, root,
    collection: `${root}${resource.namespaced ? '/namespaces/{namespace}' : ''}/${resource.resource}`,
    prefix: groupVersionName(resource),
    subject: `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`,
    tags: [groupVersionTag(resource)],
  };
}

/** What a read may ask for; of custom resources documents tell one thing more. */
export function readQuery({ custom }: OfferedResource): string[] {
  return custom === true ? ['pretty', 'resourceVersion'] : ['pretty'];
}

type OperationInit = Pick<Operation, 'path' | 'method' | 'id' | 'query' | 'answers'> & Partial<Operation>;

/** Fills what most operations of a resource have in common. */
export function operation({ resource, tags }: OperationContext, init: OperationInit): Operation {
  const kind: GroupVersionKind = { group: resource.group, kind: resource.kind, version: resource.version };
  const types = resource.custom === true ? { consumes: CUSTOM_TYPES, produces: CUSTOM_TYPES } : { consumes: ANY_TYPE, produces: OBJECT_TYPES };
  return { tags, kind, ...types, ...init };
}

export function patchOf({ resource }: OperationContext, { path, id, content }: { path: string; id: string; content: Content }): OperationInit {
  const types = resource.custom === true ? PATCH_TYPES.filter((type) => !type.includes('strategic')) : PATCH_TYPES;
  return {
    path, id, method: 'patch' satisfies HttpMethod, action: 'patch', query: PATCH_QUERY, consumes: types, body: { schema: SCHEMA_NAMES.patch, required: true },
    answers: resource.custom === true ? answersWith(content, '200') : answersWith(content, '200', '201'),
  };
}
