import type { authenticationV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { ReviewCodec } from '../authz/review/review-codec.ts';
import type { AdmissionAttributes } from '../admission/admission.ts';
import type { ResourceEndpoint } from '../endpoints/endpoint.ts';
import type { RequestContext } from '../pipeline/api-request.ts';
import type { Admission } from '../registry/write/write-request.ts';
import type { BearerTokenAuthenticator } from './bearer-token.ts';
import { requestToken, type TokenIssuer } from './service-account/token-request.ts';
import { reviewSelf, reviewToken } from './user-reviews.ts';

const GROUP = 'authentication.k8s.io';
const VERSION = 'v1';

export interface AuthnEndpointsOptions {
  bearer: BearerTokenAuthenticator;
  apiAudiences: readonly string[];
  /** Requests without credentials are let in as the anonymous user. */
  anonymous: boolean;
  /** Absent where no signing key is configured: then nobody can ask for tokens. */
  issuer: TokenIssuer | undefined;
  codec: ReviewCodec;
  /** May refuse a token request: nodes get tokens for their own pods alone. */
  admission: Admission;
  clock: Clock;
}

/** Reviews of authentication.k8s.io, and tokens of service accounts. */
export function authnEndpoints({ bearer, apiAudiences, anonymous, issuer, codec, admission, clock }: AuthnEndpointsOptions): ResourceEndpoint[] {
  const endpoints: ResourceEndpoint[] = [{
    group: GROUP, version: VERSION, resource: 'tokenreviews', subresource: '', verb: 'create',
    handle: async (request, context) => {
      const review = await codec.read(request, context, { group: GROUP, version: VERSION, kind: 'TokenReview' });
      return codec.answer(request, 201, await reviewToken(review as KubeObject & Partial<authenticationV1.TokenReview>, { bearer, apiAudiences, anonymous })); // read as this kind
    },
  }, {
    group: GROUP, version: VERSION, resource: 'selfsubjectreviews', subresource: '', verb: 'create',
    handle: async (request, context) => {
      const { apiVersion } = await codec.read(request, context, { group: GROUP, version: VERSION, kind: 'SelfSubjectReview' });
      return codec.answer(request, 201, reviewSelf(apiVersion, context.user, clock.now()));
    },
  }];
  if (issuer !== undefined) endpoints.push(tokenRequestEndpoint(issuer, { codec, admission }));
  return endpoints;
}

function tokenRequestEndpoint(issuer: TokenIssuer, { codec, admission }: Pick<AuthnEndpointsOptions, 'codec' | 'admission'>): ResourceEndpoint {
  return {
    group: '', version: 'v1', resource: 'serviceaccounts', subresource: 'token', verb: 'create',
    handle: async (request, context) => {
      const body = await codec.read(request, context, { group: GROUP, version: VERSION, kind: 'TokenRequest' });
      const attributes = tokenAttributes(body, context);
      await admission.admit(attributes);
      await admission.validate(attributes);
      const target = { namespace: context.info.namespace, name: context.info.name, warn: attributes.warn, annotate: attributes.annotate };
      return codec.answer(request, 201, await requestToken(body as KubeObject & Partial<authenticationV1.TokenRequest>, target, issuer)); // read as this kind
    },
  };
}

function tokenAttributes(object: KubeObject, { user, info, warnings, auditAnnotations }: RequestContext): AdmissionAttributes {
  return {
    operation: 'CREATE', user, group: '', version: 'v1', resource: 'serviceaccounts', subresource: 'token', kind: { group: GROUP, version: VERSION, kind: 'TokenRequest' },
    namespace: info.namespace, name: info.name, object, oldObject: undefined, dryRun: false, options: {},
    warn: (text) => { warnings.push(text); }, annotate: (key, value) => { auditAnnotations[key] = value; },
  };
}
