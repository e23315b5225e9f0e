import { internalError, type KubeObject, notFound } from '@kubernode/apimachinery';
import type { AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };

/** Refuses writes in namespaces that are not there, deletions too. */
export function namespaceExists({ sources, get }: AdmissionDependencies): AdmissionPlugin {
  const find = namespaceFinder({ sources, get });
  return {
    name: 'NamespaceExists',
    validate: ({ operation, namespace, kind }) => {
      if (operation === 'CONNECT' || namespace === '' || (kind.group === '' && kind.kind === 'Namespace')) return undefined;
      const found = find(namespace);
      return found instanceof Promise ? found.then(() => undefined) : undefined;
    },
  };
}

/** A namespace by the cache, else by etcd; a promise only where it has to ask. Rejects with NotFound. */
export function namespaceFinder({ sources, get }: Pick<AdmissionDependencies, 'sources' | 'get'>): (name: string) => Readonly<KubeObject> | Promise<Readonly<KubeObject>> {
  const namespaces = sources(NAMESPACES);
  return (name) => namespaces.get('', name) ?? get(NAMESPACES, '', name).then((found) => {
    if (found === undefined) throw notFound(NAMESPACES, name);
    return found as KubeObject; // what is stored there is one
  }, (error: unknown) => { throw internalError(error); });
}
