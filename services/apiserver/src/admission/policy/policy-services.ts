import { formatApiVersion, notFound, parseApiVersion, StatusError, type GroupVersionKind, type KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { ObjectSources } from '../../endpoints/endpoint.ts';
import type { Authorizer } from '../../pipeline/api-request.ts';
import type { ResolveResource, ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import type { ConditionMetrics } from '../condition-metrics.ts';
import type { EquivalentResources } from '../matching/match-rules.ts';
import type { MatchSubject } from '../matching/match-resources.ts';
import type { RequestNamespace } from '../matching/request-namespace.ts';
import type { ObjectVersions } from '../object-versions.ts';
import { refusal } from '../refusal.ts';
import { ConfigurationFault } from './collect-params.ts';
import type { ParamKind } from './policy-hooks.ts';
import type { PolicyMetrics } from './policy-metrics.ts';

/** What both kinds of policies need of the server. */
export interface PolicyServices {
  sources: ObjectSources;
  equivalents: EquivalentResources;
  versions: ObjectVersions;
  authorizer: Authorizer;
  clock: Pick<Clock, 'monotonicNow'>;
  metrics: PolicyMetrics;
  conditionMetrics: ConditionMetrics;
  resolve: ResolveResource;
  served(): Iterable<ServedResource>;
  namespaceOf(attributes: AdmissionAttributes): RequestNamespace | Promise<RequestNamespace>;
}

const GROUP = 'admissionregistration.k8s.io';
/** Policies do not judge what policies are made of: nobody could mend a policy that refuses all. Webhooks' configurations they do judge. */
const EXEMPT: ReadonlySet<string> = new Set(['validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'mutatingadmissionpolicies', 'mutatingadmissionpolicybindings']);
/** Reviews are questions, not objects; nothing is stored of them. */
const REVIEWS: ReadonlySet<string> = new Set(['authentication.k8s.io/selfsubjectreviews', 'authentication.k8s.io/tokenreviews', ...['localsubjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'].map((one) => `authorization.k8s.io/${one}`)]);

export function isExempt({ group, resource }: AdmissionAttributes): boolean {
  return (group === GROUP && EXEMPT.has(resource)) || REVIEWS.has(`${group}/${resource}`);
}

export function notReady(attributes: AdmissionAttributes): StatusError {
  return refusal(attributes, 'not yet ready to handle request');
}

export function matchSubject(attributes: AdmissionAttributes, namespace: RequestNamespace, equivalents: EquivalentResources): MatchSubject {
  return { attributes, equivalents, namespaceLabels: namespace === undefined || namespace instanceof StatusError ? namespace : namespace.metadata.labels ?? {} };
}

/** `namespaceObject`: the namespace an object is in. @throws StatusError when it is missing. */
export function enclosingNamespace({ group, resource, namespace: name }: AdmissionAttributes, namespace: RequestNamespace): Readonly<KubeObject> | undefined {
  if (name === '' || (group === '' && resource === 'namespaces')) return undefined;
  if (namespace instanceof StatusError) throw namespace;
  if (namespace === undefined) throw notFound({ group: '', resource: 'namespaces' }, name);
  return namespace;
}

/** The resource that holds a policy's parameters; undefined for policies without. @throws ConfigurationFault when there is none of that kind. */
export function paramResource(paramKind: ParamKind | undefined, served: Iterable<ServedResource>): ServedResource | undefined {
  if (paramKind === undefined) return undefined;
  const wanted: GroupVersionKind = { ...parseApiVersion(paramKind.apiVersion ?? ''), kind: paramKind.kind ?? '' };
  for (const one of served) if (one.kind.kind === wanted.kind && one.kind.group === wanted.group && one.kind.version === wanted.version) return one;
  throw new ConfigurationFault(`failed to find resource referenced by paramKind: '${kindText(wanted)}'`);
}

/** As Kubernetes prints kinds: `apps/v1, Kind=Deployment`, and `/v1, Kind=Pod`. */
export function kindText(kind: GroupVersionKind): string {
  return `${kind.group === '' ? '/' : ''}${formatApiVersion(kind)}, Kind=${kind.kind}`;
}
