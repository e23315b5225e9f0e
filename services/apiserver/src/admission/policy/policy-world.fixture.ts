import type { KubeObject } from '@kubernode/apimachinery';
import { Registry } from 'prom-client';
import type { ObjectSource, ObjectSources } from '../../endpoints/endpoint.ts';
import type { AuthorizationAttributes, Decision } from '../../pipeline/api-request.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { createConditionMetrics } from '../condition-metrics.ts';
import type { ObjectVersions } from '../object-versions.ts';
import { createPolicyMetrics } from './policy-metrics.ts';
import type { PolicyServices } from './policy-services.ts';

/** A cluster of nothing but policies, bindings, parameters and the namespace `n`, for tests of what policies do. */
export class PolicyWorld {
  readonly registry: Registry = new Registry();
  readonly asked: AuthorizationAttributes[] = [];
  authorize: (attributes: AuthorizationAttributes) => Decision | Promise<Decision> = () => ({ verdict: 'allow', reason: 'all may' });
  readonly #objects = new Map<string, KubeObject[]>();
  readonly #listeners: (() => void)[] = [];
  readonly #params: KubeObject[];

  constructor({ params = [] }: { params?: KubeObject[] } = {}) {
    this.#params = params;
    this.put('namespaces', { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'n', labels: { team: 'red' } } });
  }

  /** Adds or replaces an object, as a write would. */
  put(resource: string, object: KubeObject): void {
    const others = (this.#objects.get(resource) ?? []).filter(({ metadata }) => metadata.name !== object.metadata.name);
    this.#objects.set(resource, [...others, object]);
    for (const listener of this.#listeners) listener();
  }

  get services(): PolicyServices {
    return {
      sources: ((resource) => this.#source(resource.resource)) as ObjectSources, // sources of what the test has put there
      equivalents: () => [], versions: SAME_VERSION, clock: { monotonicNow: () => 0 }, metrics: createPolicyMetrics(this.registry), conditionMetrics: createConditionMetrics(this.registry),
      authorizer: { authorize: (attributes) => { this.asked.push(attributes); return this.authorize(attributes); } },
      resolve: () => undefined, served: () => [this.#paramResource()],
      namespaceOf: ({ namespace }) => this.#source('namespaces').get('', namespace),
    };
  }

  #source(resource: string): ObjectSource {
    const all = (): KubeObject[] => this.#objects.get(resource) ?? [];
    return { ready: true, get: (_namespace, name) => all().find(({ metadata }) => metadata.name === name), list: all, onChange: (listener) => { this.#listeners.push(listener as () => void); return { [Symbol.dispose]: () => undefined }; } }; // they look at no change
  }

  #paramResource(): ServedResource {
    const stored = (object: KubeObject): object => ({ decode: () => structuredClone(object), read: () => object });
    const store = {
      get: async (key: string) => { const found = this.#params.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key); return found && stored(found); },
      list: async ({ keyPrefix, matches }: { keyPrefix: string; matches: (attributes: object) => boolean }) => ({
        items: this.#params.filter(({ metadata }) => `${metadata.namespace}/`.startsWith(keyPrefix) && matches({ labels: metadata.labels ?? {} })).map(stored),
      }),
    };
    return { kind: { group: '', version: 'v1', kind: 'ConfigMap' }, storage: { namespaced: true, store } } as unknown as ServedResource; // what reading parameters needs
  }
}

const SAME_VERSION = { show: async (object: KubeObject) => object, read: (document: unknown) => document, keep: async (object: KubeObject) => object } as unknown as ObjectVersions; // the only version there is

/** A configmap about to be created in namespace `n`. */
export function creating(data: Record<string, unknown> = {}, difference: Partial<AdmissionAttributes> = {}): AdmissionAttributes & { warnings: string[]; annotations: Record<string, string> } {
  const warnings: string[] = [];
  const annotations: Record<string, string> = {};
  return {
    operation: 'CREATE', user: { name: 'alice', uid: '', groups: ['developers'], extra: {} }, group: '', version: 'v1', resource: 'configmaps', subresource: '', kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    namespace: 'n', name: 'c', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c', namespace: 'n' }, data }, oldObject: undefined, dryRun: false, options: {},
    warn: (text) => { warnings.push(text); }, annotate: (key, value) => { annotations[key] = value; }, warnings, annotations, ...difference,
  };
}

export const CONFIG_MAPS: object = { resourceRules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }], matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };

export function policyObject(kind: string, name: string, spec: object): KubeObject {
  return { kind, apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name, uid: name, generation: 1 }, spec };
}
