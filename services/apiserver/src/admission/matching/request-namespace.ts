import { notFound, StatusError, type KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource } from '../../endpoints/endpoint.ts';
import type { AdmissionAttributes } from '../admission.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };

/** The namespace a request is in, for a namespace itself; why it is not known; undefined for other objects of the cluster. */
export type RequestNamespace = Readonly<KubeObject> | StatusError | undefined;

/** Looks a request's namespace up: in the cache, and where that has none yet, in the store. */
export function namespaceLookup(source: ObjectSource, get: (resource: typeof NAMESPACES, namespace: string, name: string) => Promise<unknown>): (attributes: AdmissionAttributes) => RequestNamespace | Promise<RequestNamespace> {
  return ({ group, resource, namespace, name }) => {
    const wanted = namespace === '' && group === '' && resource === 'namespaces' ? name : namespace;
    if (wanted === '') return undefined;
    return source.get('', wanted) ?? find(wanted);
  };

  async function find(name: string): Promise<RequestNamespace> {
    try {
      return await get(NAMESPACES, '', name) as KubeObject | undefined ?? notFound(NAMESPACES, name); // what is stored there is one
    } catch (error) {
      if (error instanceof StatusError) return error;
      throw error;
    }
  }
}
