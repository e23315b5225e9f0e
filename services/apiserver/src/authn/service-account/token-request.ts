import type { authenticationV1, coreV1 } from '@kubernode/api';
import { badRequest, conflict, type FieldError, formatApiVersion, formatTime, invalid, invalidValue, type KubeObject, notFound, parseApiVersion, StatusError, goQuote } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { Judge } from '../../endpoints/unstored-request.ts';
import type { TokenLookups } from './lookups.ts';
import type { TokenSigner } from './token-signer.ts';
import { issueToken, type TokenSubject } from './issue-token.ts';

const GROUP = 'authentication.k8s.io';
const KIND = { group: GROUP, kind: 'TokenRequest' };
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
export const DEFAULT_TOKEN_SECONDS = 3600;
/** What kubelets ask for on behalf of pods that mount a token without a wish of their own. */
const POD_TOKEN_SECONDS = 3607;
/** Such tokens live a year while clients that never reload them are warned about. */
const EXTENDED_SECONDS = 365 * 24 * 3600;

export interface TokenIssuer {
  issuer: string;
  apiAudiences: readonly string[];
  signer(): TokenSigner;
  lookups: TokenLookups;
  clock: Pick<Clock, 'now'>;
  newId(): string;
  /** --service-account-max-token-expiration; 0 for no limit. */
  maxExpirationSeconds: number;
  /** --service-account-extend-token-expiration */
  extendExpiration: boolean;
}

export interface TokenRequestTarget { namespace: string; name: string; /** Admission's last word about the completed request. */ judge?: Judge; warn(text: string): void; /** Adds an annotation to the audit event. */ annotate?(key: string, value: string): void }

/** As decoded: nothing but the kind is certain. */
export type TokenRequest = Partial<authenticationV1.TokenRequest> & KubeObject;
type Spec = Readonly<authenticationV1.TokenRequestSpec>;

/** Answers a TokenRequest for a service account, which is completed on the way. Throws StatusErrors. */
export async function requestToken(request: TokenRequest, target: TokenRequestTarget, issuer: TokenIssuer): Promise<KubeObject> {
  const { namespace, name } = target;
  const given: Partial<KubeObject['metadata']> = request.metadata;
  if (given.namespace && given.namespace !== namespace) throw invalid(KIND, name, [invalidValue('metadata.namespace', given.namespace, 'must match the service account namespace if specified')]);
  if (given.name && given.name !== name) throw invalid(KIND, name, [invalidValue('metadata.name', given.name, 'must match the service account name if specified')]);
  const account = await issuer.lookups.serviceAccount(namespace, name);
  if (account === undefined) throw notFound({ group: '', resource: 'serviceaccounts' }, name);
  const uid = account.metadata.uid ?? '';
  if (given.uid && given.uid !== uid) throw conflict({ group: GROUP, resource: 'TokenRequest' }, name, `the UID in the token request (${given.uid}) does not match the UID of the service account (${uid})`);
  const spec = defaulted(request.spec ?? {}, issuer);
  const errors = validate(spec);
  if (errors.length > 0) throw invalid(KIND, '', errors);
  complete(request, { spec, name, namespace, uid, nowMs: issuer.clock.now() });
  await target.judge?.();
  const subject: TokenSubject = { namespace, account: { name, uid }, ...await boundTo(spec.boundObjectRef, target, issuer.lookups) };
  return sign(spec, { subject, target, given }, issuer);
}

/** As admission judges it. */
function complete(request: TokenRequest, { spec, name, namespace, uid, nowMs }: { spec: FullSpec; name: string; namespace: string; uid: string; nowMs: number }): void {
  request.metadata = { ...request.metadata, name, namespace, uid, creationTimestamp: formatTime(nowMs) };
  request.spec = spec;
  delete request.status;
}

type FullSpec = Spec & { audiences: string[]; expirationSeconds: number };

function defaulted(spec: Spec, { apiAudiences }: TokenIssuer): FullSpec {
  return {
    audiences: spec.audiences?.length ? [...spec.audiences] : [...apiAudiences],
    expirationSeconds: spec.expirationSeconds ?? DEFAULT_TOKEN_SECONDS, ...(spec.boundObjectRef && { boundObjectRef: spec.boundObjectRef }),
  };
}

function validate({ expirationSeconds }: FullSpec): FieldError[] {
  const field = 'spec.expirationSeconds';
  if (expirationSeconds < MIN_SECONDS) return [invalidValue(field, expirationSeconds, 'may not specify a duration less than 10 minutes')];
  return expirationSeconds > MAX_SECONDS ? [invalidValue(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')] : [];
}

type Binding = Pick<TokenSubject, 'pod' | 'secret' | 'node'>;

async function boundTo(ref: Readonly<authenticationV1.BoundObjectReference> | null | undefined, { namespace, name: account }: TokenRequestTarget, lookups: TokenLookups): Promise<Binding> {
  if (ref === undefined || ref === null) return {};
  const { group, version } = groupVersionOf(ref.apiVersion ?? '');
  const kind = group === '' ? ref.kind ?? '' : '';
  const name = ref.name ?? '';
  if (!['Pod', 'Secret', 'Node'].includes(kind)) throw badRequest(`cannot bind token to object of type ${formatApiVersion({ group: `${group}/`, version }).replace(/\/\//, '/')}, Kind=${ref.kind ?? ''}`);
  if (name === '') throw badRequest('Name parameter required.');
  const resource = `${kind.toLowerCase()}s`;
  const object = kind === 'Pod' ? await lookups.pod(namespace, name) : kind === 'Secret' ? await lookups.secret(namespace, name) : await lookups.node(name);
  if (object === undefined) throw notFound({ group: '', resource }, name);
  const pod = kind === 'Pod' ? object as Readonly<coreV1.Pod> : undefined; // looked up as one
  if (pod !== undefined && pod.spec?.serviceAccountName !== account) throw badRequest(`cannot bind token for serviceaccount ${goQuote(account)} to pod running with different serviceaccount name.`);
  const uid = object.metadata.uid ?? '';
  if (ref.uid && ref.uid !== uid) throw conflict({ group: '', resource: kind }, name, `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`);
  if (pod === undefined) return { [kind.toLowerCase()]: { name, uid } };
  return { pod: { name, uid }, ...await nodeOf(pod, lookups) };
}

/** What is no `group/version` counts as the core group, as in Kubernetes. */
function groupVersionOf(apiVersion: string): { group: string; version: string } {
  return apiVersion.split('/').length > 2 ? { group: '', version: '' } : parseApiVersion(apiVersion);
}

/** The node a pod runs on is told in its tokens; a node that is not registered yet by name alone. */
async function nodeOf(pod: Readonly<coreV1.Pod>, lookups: TokenLookups): Promise<Pick<Binding, 'node'>> {
  const name = pod.spec?.nodeName ?? '';
  return name === '' ? {} : { node: { name, uid: (await lookups.node(name))?.metadata.uid ?? '' } };
}

async function sign(spec: FullSpec, { subject, target, given }: { subject: TokenSubject; target: TokenRequestTarget; given: Partial<KubeObject['metadata']> }, issuer: TokenIssuer): Promise<KubeObject> {
  const { maxExpirationSeconds: max, clock, apiAudiences } = issuer;
  const nowMs = clock.now();
  const { name: _name, namespace: _namespace, uid: _uid, managedFields, ...more } = given;
  let { expirationSeconds } = spec;
  if (max > 0 && expirationSeconds > max) {
    target.warn(`requested expiration of ${expirationSeconds} seconds shortened to ${max} seconds`);
    expirationSeconds = max;
  }
  const extended = issuer.extendExpiration && subject.pod !== undefined && expirationSeconds === POD_TOKEN_SECONDS && spec.audiences.every((audience) => apiAudiences.includes(audience));
  const terms = { issuer: issuer.issuer, audiences: spec.audiences, id: issuer.newId(), nowMs };
  const token = await issueToken(subject, extended
    ? { ...terms, expirationSeconds: max > 0 ? Math.min(EXTENDED_SECONDS, max) : EXTENDED_SECONDS, warnAfterSeconds: expirationSeconds }
    : { ...terms, expirationSeconds }, issuer.signer()).catch((cause: unknown) => { throw new StatusError({ code: 500, reason: 'InternalError', message: 'Internal error occurred: failed to generate token', cause }); });
  target.annotate?.('authentication.kubernetes.io/issued-credential-id', `JTI=${terms.id}`);
  return {
    kind: 'TokenRequest', apiVersion: `${GROUP}/v1`,
    metadata: { name: target.name, namespace: target.namespace, uid: subject.account.uid, creationTimestamp: formatTime(nowMs), ...more, ...(managedFields && { managedFields }) },
    spec: { audiences: spec.audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: formatTime(nowMs + expirationSeconds * 1000) },
  };
}
