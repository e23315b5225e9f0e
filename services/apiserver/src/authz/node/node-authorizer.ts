import { goQuote } from '@kubernode/apimachinery';
import type { AuthorizationAttributes, Decision, LocalAuthorizer, UserInfo } from '../../pipeline/api-request.ts';
import { requiresField } from '../required-field.ts';
import { type PolicyRule, ruleMatches } from '../rbac/rule-matches.ts';
import type { NodeGraph } from './node-graph.ts';

const ALLOW: Decision = { verdict: 'allow', reason: '' };
const noOpinion = (reason: string): Decision => ({ verdict: 'noOpinion', reason });
const OWN_OBJECT_VERBS: readonly string[] = ['get', 'create', 'update', 'patch', 'delete'];
const NODE_LEASE_NAMESPACE = 'kube-node-lease';

/** The node a user is: `system:node:NAME` in group system:nodes; '' for a node without a name; undefined for other users. */
export function nodeNameOf({ name, groups }: UserInfo): string | undefined {
  return name.startsWith('system:node:') && groups.includes('system:nodes') ? name.slice('system:node:'.length) : undefined;
}

/**
 * Lets nodes do what a kubelet must: act on their own objects, and read what their pods use. It never denies: whatever it does not
 * allow is left to the next authorizer, with a reason for the message.
 */
export class NodeAuthorizer implements LocalAuthorizer {
  readonly #graph: NodeGraph;
  readonly #rules: readonly PolicyRule[];

  /** `rules` are those of the cluster role system:node; they hold for resources without a rule of their own here. */
  constructor(graph: NodeGraph, rules: readonly PolicyRule[]) {
    this.#graph = graph;
    this.#rules = rules;
  }

  authorize(attributes: AuthorizationAttributes): Decision {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return noOpinion('');
    if (node === '') return noOpinion(`unknown node for user ${goQuote(attributes.user.name)}`);
    const own = attributes.isResourceRequest ? this.#byResource(node, attributes) : undefined;
    if (own !== undefined) return own;
    return this.#rules.some((rule) => ruleMatches(rule, attributes)) ? ALLOW : noOpinion('');
  }

  #byResource(node: string, attributes: AuthorizationAttributes): Decision | undefined {
    switch (attributes.group === '' ? attributes.resource : `${attributes.resource}.${attributes.group}`) {
      case 'secrets': case 'configmaps': return this.#readNamespaced(node, attributes);
      case 'persistentvolumeclaims': return attributes.subresource === 'status' ? this.#updateStatus(node, attributes) : this.#getOne(node, attributes);
      case 'persistentvolumes': case 'resourceclaims.resource.k8s.io': case 'volumeattachments.storage.k8s.io': return this.#getOne(node, attributes);
      case 'serviceaccounts': return this.#serviceAccount(node, attributes);
      case 'leases.coordination.k8s.io': return lease(node, attributes);
      case 'csinodes.storage.k8s.io': return csiNode(node, attributes);
      case 'resourceslices.resource.k8s.io': return this.#resourceSlice(node, attributes);
      case 'podcertificaterequests.certificates.k8s.io': return noOpinion(''); // a feature that Kubernetes 1.36 has switched off
      case 'nodes': return ownNode(node, attributes);
      case 'pods': return this.#pod(node, attributes);
      default: return undefined;
    }
  }

  #readNamespaced(node: string, attributes: AuthorizationAttributes): Decision {
    if (!['get', 'list', 'watch'].includes(attributes.verb)) return noOpinion('can only read resources of this type');
    if (attributes.subresource !== '') return noOpinion('cannot read subresource');
    if (attributes.namespace === '') return noOpinion('can only read namespaced object of this type');
    return this.#related(node, attributes);
  }

  #getOne(node: string, attributes: AuthorizationAttributes): Decision {
    if (attributes.verb !== 'get') return noOpinion('can only get individual resources of this type');
    if (attributes.subresource !== '') return noOpinion('cannot get subresource');
    return this.#related(node, attributes);
  }

  #updateStatus(node: string, attributes: AuthorizationAttributes): Decision {
    return ['update', 'patch'].includes(attributes.verb) ? this.#related(node, attributes) : noOpinion('can only get/update/patch this type');
  }

  #related(node: string, { resource, namespace, name }: AuthorizationAttributes): Decision {
    if (name === '') return noOpinion('No Object name found');
    return this.#graph.needs(node, resource, namespace, name) ? ALLOW : noOpinion(`no relationship found between node '${node}' and this object`);
  }

  #serviceAccount(node: string, attributes: AuthorizationAttributes): Decision {
    const { verb, subresource, name } = attributes;
    if (verb === 'get' && subresource === '') return this.#readNamespaced(node, attributes);
    if (verb !== 'create' || name === '') return noOpinion('can only create tokens for individual service accounts');
    if (subresource !== 'token') return noOpinion('can only create token subresource of serviceaccount');
    return this.#related(node, attributes);
  }

  #resourceSlice(node: string, attributes: AuthorizationAttributes): Decision {
    const { verb, subresource, fieldSelector } = attributes;
    if (subresource !== '') return noOpinion('cannot authorize ResourceSlice subresources');
    if (verb === 'create') return ALLOW;
    if (['get', 'update', 'patch', 'delete'].includes(verb)) return this.#related(node, attributes);
    if (!['watch', 'list', 'deletecollection'].includes(verb)) {
      return noOpinion('only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection');
    }
    return requiresField(fieldSelector, 'spec.nodeName', node) ? ALLOW : noOpinion('can only list/watch/deletecollection resourceslices with nodeName field selector');
  }

  #pod(node: string, attributes: AuthorizationAttributes): Decision {
    const { verb, subresource, fieldSelector, name } = attributes;
    if (subresource === 'status') return ['update', 'patch'].includes(verb) ? ALLOW : noOpinion('');
    if (subresource === 'eviction') return verb === 'create' ? ALLOW : noOpinion('');
    if (subresource !== '') return noOpinion('');
    switch (verb) {
      case 'get': return this.#getOne(node, attributes);
      case 'create': case 'delete': return ALLOW; // mirror pods; admission (NodeRestriction) sees to it that they are the node's own
      case 'list': case 'watch':
        if (requiresField(fieldSelector, 'spec.nodeName', node)) return ALLOW;
        return name === '' ? noOpinion('can only list/watch pods with spec.nodeName field selector') : this.#related(node, attributes);
      default: return noOpinion('');
    }
  }
}

function lease(node: string, { verb, namespace, name }: AuthorizationAttributes): Decision {
  if (!OWN_OBJECT_VERBS.includes(verb)) return noOpinion('can only get, create, update, patch, or delete a node lease');
  if (namespace !== NODE_LEASE_NAMESPACE) return noOpinion(`can only access leases in the "${NODE_LEASE_NAMESPACE}" system namespace`);
  return verb === 'create' || name === node ? ALLOW : noOpinion('can only access node lease with the same name as the requesting node');
}

function csiNode(node: string, { verb, subresource, name }: AuthorizationAttributes): Decision {
  if (!OWN_OBJECT_VERBS.includes(verb)) return noOpinion('can only get, create, update, patch, or delete a CSINode');
  if (subresource !== '') return noOpinion('cannot authorize CSINode subresources');
  return verb === 'create' || name === node ? ALLOW : noOpinion('can only access CSINode with the same name as the requesting node');
}

function ownNode(node: string, { verb, subresource, name }: AuthorizationAttributes): Decision {
  if (subresource === 'status') return ['update', 'patch'].includes(verb) ? ALLOW : noOpinion('');
  if (subresource !== '') return noOpinion('');
  if (['create', 'update', 'patch'].includes(verb)) return ALLOW; // of its own object only: admission (NodeRestriction) sees to it
  if (!['get', 'list', 'watch'].includes(verb)) return noOpinion('');
  if (name === node) return ALLOW;
  return noOpinion(`node '${node}' cannot read ${name === '' ? 'all nodes' : `'${name}'`}, only its own Node object`);
}
