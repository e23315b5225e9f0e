import type { authenticationV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { ReviewCodec } from '../authz/review/review-codec.ts';
import type { ResourceEndpoint } from '../endpoints/endpoint.ts';
import type { BearerTokenAuthenticator } from './bearer-token.ts';
import { requestToken, type TokenIssuer } from './service-account/token-request.ts';
import { reviewSelf, reviewToken } from './user-reviews.ts';

const GROUP = 'authentication.k8s.io';
const VERSION = 'v1';

export interface AuthnEndpointsOptions {
  bearer: BearerTokenAuthenticator;
  apiAudiences: readonly string[];
  /** Absent where no signing key is configured: then nobody can ask for tokens. */
  issuer: TokenIssuer | undefined;
  codec: ReviewCodec;
  clock: Clock;
}

/** Reviews of authentication.k8s.io, and tokens of service accounts. */
export function authnEndpoints({ bearer, apiAudiences, issuer, codec, clock }: AuthnEndpointsOptions): ResourceEndpoint[] {
  const endpoints: ResourceEndpoint[] = [{
    group: GROUP, version: VERSION, resource: 'tokenreviews', subresource: '', verb: 'create',
    handle: async (request, context) => {
      const review = await codec.read(request, context, { group: GROUP, version: VERSION, kind: 'TokenReview' });
      return codec.answer(request, 201, await reviewToken(review as KubeObject & Partial<authenticationV1.TokenReview>, bearer, apiAudiences)); // read as this kind
    },
  }, {
    group: GROUP, version: VERSION, resource: 'selfsubjectreviews', subresource: '', verb: 'create',
    handle: async (request, context) => {
      const { apiVersion } = await codec.read(request, context, { group: GROUP, version: VERSION, kind: 'SelfSubjectReview' });
      return codec.answer(request, 201, reviewSelf(apiVersion, context.user, clock.now()));
    },
  }];
  if (issuer !== undefined) endpoints.push(tokenRequestEndpoint(issuer, codec));
  return endpoints;
}

function tokenRequestEndpoint(issuer: TokenIssuer, codec: ReviewCodec): ResourceEndpoint {
  return {
    group: '', version: 'v1', resource: 'serviceaccounts', subresource: 'token', verb: 'create',
    handle: async (request, context) => {
      const body = await codec.read(request, context, { group: GROUP, version: VERSION, kind: 'TokenRequest' });
      const target = { namespace: context.info.namespace, name: context.info.name, warn: (text: string) => { context.warnings.push(text); } };
      return codec.answer(request, 201, await requestToken(body as KubeObject & Partial<authenticationV1.TokenRequest>, target, issuer)); // read as this kind
    },
  };
}
