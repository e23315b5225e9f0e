import { isAlreadyExists, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import type { AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { refusal } from './refusal.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };

/** Makes the namespace of what is created where there is none. */
export function namespaceAutoProvision({ sources, create }: AdmissionDependencies): AdmissionPlugin {
  const namespaces = sources(NAMESPACES);
  return {
    name: 'NamespaceAutoProvision',
    admit: (attributes) => {
      const { operation, namespace, kind, dryRun } = attributes;
      if (operation !== 'CREATE' || dryRun || namespace === '' || (kind.group === '' && kind.kind === 'Namespace') || namespaces.get('', namespace) !== undefined) return undefined;
      return create(NAMESPACES, newNamespace(namespace)).then(() => undefined, (error: unknown) => {
        if (!isAlreadyExists(error)) throw refusal(attributes, errorMessage(error));
      });
    },
  };
}

function newNamespace(name: string): KubeObject {
  return { kind: 'Namespace', apiVersion: 'v1', metadata: { name } };
}
