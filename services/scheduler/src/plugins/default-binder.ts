import { coreV1Resources } from '@kubernode/api';
import { errorMessage, isAbortError } from '@kubernode/base';
import type { Plugin, PluginHandle } from '../framework/plugin.ts';
import { failed } from '../framework/verdict.ts';

/** Binds by a Binding, which the API server turns into the pod's node name. */
export function defaultBinder({ client }: Pick<PluginHandle, 'client'>): Plugin {
  return {
    name: 'DefaultBinder',
    events: [],
    async bind({ subject: { pod }, span: attempt }, node, signal) {
      const { name, namespace = '', uid } = pod.metadata;
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node.name } };
      const span = attempt?.child('Bind', { attributes: { node: node.name } });
      const caller = span === undefined ? client : client.traced?.(span.traceparent) ?? client;
      let error: string | undefined;
      try { await caller.create(coreV1Resources.pods, binding, { signal, target: { name, namespace, subresource: 'binding' } }); } catch (fault) {
        error = errorMessage(fault);
        if (isAbortError(fault) && signal.aborted) throw fault;
        return failed(error);
      } finally { span?.end({ error }); }
      return undefined;
    },
  };
}
