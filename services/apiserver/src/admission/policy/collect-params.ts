import { matchesLabels, selectorFromLabelSelector, type KubeObject, type LabelSelectorObject } from '@kubernode/apimachinery';
import { objectOf, storeKey, keyPrefix, type ServedResource } from '../../registry/served-resource.ts';

export interface ParamRef { name?: string; namespace?: string; selector?: LabelSelectorObject; parameterNotFoundAction?: string }

/** A policy or binding cannot be used as it is; whether that ends the request is for the failure policy to say. */
export class ConfigurationFault extends Error {}

/**
 * The objects a binding takes its parameters from; one undefined where it has none, so that the policy is asked once. Without any, the
 * policy is not asked at all.
 * @throws ConfigurationFault
 */
export async function collectParams(kind: ServedResource | undefined, ref: ParamRef | undefined, namespace: string): Promise<readonly (Readonly<KubeObject> | undefined)[]> {
  if (kind === undefined || ref === undefined) return [undefined];
  const found = await findParams(kind, ref, paramsNamespace(kind, ref, namespace));
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') throw new ConfigurationFault('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found;
}

function paramsNamespace({ storage }: ServedResource, { namespace: wanted = '' }: ParamRef, requested: string): string {
  if (!storage.namespaced) {
    if (wanted !== '') throw new ConfigurationFault('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    return '';
  }
  if (wanted === '' && requested === '') throw new ConfigurationFault('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  return wanted === '' ? requested : wanted;
}

async function findParams(kind: ServedResource, { name = '', selector }: ParamRef, namespace: string): Promise<readonly Readonly<KubeObject>[]> {
  const { storage } = kind;
  if (name !== '') {
    const stored = await storage.store.get(storeKey(storage, namespace, name), { freshness: { kind: 'any' } });
    return stored === undefined ? [] : [objectOf(kind, stored)];
  }
  const labels = selectorFromLabelSelector(selector);
  const { items } = await storage.store.list({ keyPrefix: keyPrefix(storage, namespace), limit: 0, freshness: { kind: 'any' }, matches: (attributes) => matchesLabels(labels, attributes.labels) });
  return items.map((item) => objectOf(kind, item));
}
