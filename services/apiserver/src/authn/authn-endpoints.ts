import type { authenticationV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { ReviewCodec } from '../authz/review/review-codec.ts';
import type { ResourceEndpoint } from '../endpoints/endpoint.ts';
import { admitUnstored, type Judge } from '../endpoints/unstored-request.ts';
import type { ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import type { Admission } from '../registry/write/write-request.ts';
import type { BearerTokenAuthenticator } from './bearer-token.ts';
import { DEFAULT_TOKEN_SECONDS, requestToken, type TokenIssuer, type TokenRequest } from './service-account/token-request.ts';
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
  /** May refuse: nodes get tokens for their own pods alone. */
  admission: Admission;
  clock: Clock;
}

/** Reviews of authentication.k8s.io, and tokens of service accounts. */
export function authnEndpoints({ bearer, apiAudiences, anonymous, issuer, codec, admission, clock }: AuthnEndpointsOptions): ResourceEndpoint[] {
  const endpoints: ResourceEndpoint[] = [{
    group: GROUP, version: VERSION, resource: 'tokenreviews', subresource: '', verb: 'create',
    handle: async (request, context) => {
      const { object, judge } = await read('TokenReview', request, context);
      return codec.answer(request, 201, await reviewToken(object as KubeObject & Partial<authenticationV1.TokenReview>, { bearer, apiAudiences, anonymous, judge })); // read as this kind
    },
  }, {
    group: GROUP, version: VERSION, resource: 'selfsubjectreviews', subresource: '', verb: 'create',
    handle: async (request, context) => {
      const { object: { apiVersion }, judge } = await read('SelfSubjectReview', request, context);
      await judge();
      return codec.answer(request, 201, reviewSelf(apiVersion, context.user, clock.now()));
    },
  }];
  if (issuer !== undefined) endpoints.push(tokenRequestEndpoint(issuer, { codec, admission }));
  return endpoints;

  async function read(name: string, request: ApiRequest, context: RequestContext): Promise<{ object: KubeObject; judge: Judge }> {
    const kind = { group: GROUP, version: VERSION, kind: name };
    const object = await codec.read(request, context, kind);
    return { object, judge: await admitUnstored(admission, { object, kind }, request, context) };
  }
}

function tokenRequestEndpoint(issuer: TokenIssuer, { codec, admission }: Pick<AuthnEndpointsOptions, 'codec' | 'admission'>): ResourceEndpoint {
  return {
    group: '', version: 'v1', resource: 'serviceaccounts', subresource: 'token', verb: 'create',
    handle: async (request, context) => {
      const kind = { group: GROUP, version: VERSION, kind: 'TokenRequest' };
      const object = await codec.read(request, context, kind) as TokenRequest; // read as this kind
      object.spec = { ...object.spec, expirationSeconds: object.spec?.expirationSeconds ?? DEFAULT_TOKEN_SECONDS };
      const judge = await admitUnstored(admission, { object, kind, hasPreconditions: true }, request, context);
      const { info: { namespace, name }, warnings, auditAnnotations } = context;
      const target = { namespace, name, judge, warn: (text: string) => { warnings.push(text); }, annotate: (key: string, value: string) => { auditAnnotations[key] = value; } };
      return codec.answer(request, 201, await requestToken(object, target, issuer));
    },
  };
}
