import { formatApiVersion } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { ListSelector, Target } from './client.ts';

/** The path of a resource's collection, or of one object (and its subresource) with a `target`. */
export function resourcePath(resource: ResourceRef, target: Partial<Target> = {}): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${formatApiVersion(resource)}`;
  const scope = resource.namespaced && target.namespace !== undefined && target.namespace !== '' ? `/namespaces/${encodeURIComponent(target.namespace)}` : '';
  const name = target.name === undefined ? '' : `/${encodeURIComponent(target.name)}`;
  const subresource = target.subresource === undefined ? '' : `/${target.subresource}`;
  return `${root}${scope}/${resource.resource}${name}${subresource}`;
}

/** `?a=b&c=d` of what is set, or nothing. */
export function queryOf(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  return pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}

export function selectorParameters({ labelSelector, fieldSelector }: ListSelector): Record<string, string | undefined> {
  return { labelSelector, fieldSelector };
}
