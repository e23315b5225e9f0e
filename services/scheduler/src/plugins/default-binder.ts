import { coreV1Resources } from '@kubernode/api';
import { errorMessage, isAbortError } from '@kubernode/base';
import type { Plugin, PluginHandle } from '../framework/plugin.ts';
import { failed } from '../framework/verdict.ts';

/** Binds by a Binding, which the API server turns into the pod's node name. */
export function defaultBinder({ client }: Pick<PluginHandle, 'client'>): Plugin {
  return {
    name: 'DefaultBinder',
    events: [],
    async bind({ subject: { pod } }, node, signal) {
      const { name, namespace = '', uid } = pod.metadata;
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node.name } };
      try { await client.create(coreV1Resources.pods, binding, { signal, target: { name, namespace, subresource: 'binding' } }); } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        return failed(errorMessage(error));
      }
      return undefined;
    },
  };
}
