import type { Definition, DefinitionVersion } from './definition.ts';

/** An established definition of widgets in example.com; what is given replaces what it has. */
export function widgets({ names, versions, status, metadata, ...spec }: { names?: Partial<Definition['spec']['names']>; versions?: Partial<DefinitionVersion>[]; status?: Definition['status'] | undefined; metadata?: Partial<Definition['metadata']> } & Partial<Omit<Definition['spec'], 'names' | 'versions'>> = {}): Definition {
  const wanted = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', ...names };
  return {
    kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1', metadata: { name: `${wanted.plural}.example.com`, uid: 'u', generation: 1, ...metadata },
    spec: { group: 'example.com', scope: 'Namespaced', names: wanted, versions: (versions ?? [{}]).map((version) => ({ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } }, ...version })), ...spec },
    status: status ?? { acceptedNames: { ...wanted }, storedVersions: ['v1'], conditions: [{ type: 'Established', status: 'True' }] },
  };
}
