import { isDeepStrictEqual } from 'node:util';
import { formatFieldErrors, forbiddenField } from '@kubernode/apimachinery';
import { errorMessage, type Clock } from '@kubernode/base';
import { type FileFollower, readAuthorities, UserError } from '@kubernode/component-base';
import type { AuthenticationMetrics } from '../authentication-metrics.ts';
import type { ExpressionCompiler } from '../expression.ts';
import { type TokenAuthenticator, unionTokenAuthenticator } from '../token-authenticator.ts';
import { compileJwtConfigs } from './compile-jwt-config.ts';
import type { HttpsGetOptions } from './https-get.ts';
import { jwtAuthenticator } from './jwt-authenticator.ts';
import { type AnonymousConfig, type AuthenticationFileConfig, readAuthenticationConfiguration } from './jwt-config.ts';
import { configOfFlags, type OidcFlags } from './oidc-flags.ts';

/** Whatever a key can be used with; a file does not choose among them. */
const ALGORITHMS: readonly string[] = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];

export interface JwtIssuersConfig { oidc: OidcFlags | undefined; file: string | undefined }

export interface JwtIssuersDeps {
  files: FileFollower;
  expressions: ExpressionCompiler;
  apiAudiences: readonly string[];
  /** Those of service accounts: nobody else may speak for them. */
  disallowedIssuers: readonly string[];
  get(url: string, options: HttpsGetOptions): Promise<string>;
  clock: Clock;
  metrics: AuthenticationMetrics;
}

export interface JwtIssuers {
  /** Undefined where neither flags nor a file name issuers; with a file issuers may come later. */
  tokens: TokenAuthenticator | undefined;
  /** What the file says of requests without credentials. */
  anonymous: AnonymousConfig | undefined;
}

/** The OpenID issuers of the flags or of the configuration file, which is taken up anew when it changes. Throws a UserError for faults. */
export function setUpJwtIssuers({ oidc, file }: JwtIssuersConfig, deps: JwtIssuersDeps): JwtIssuers {
  if (file !== undefined) return followFile(file, deps);
  if (oidc === undefined) return { tokens: undefined, anonymous: undefined };
  const unknown = oidc.signingAlgorithms.find((algorithm) => !ALGORITHMS.includes(algorithm));
  if (unknown !== undefined) throw new UserError(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`);
  return { tokens: followFlags(oidc, deps), anonymous: undefined };
}

/** The authority of the issuer's server may be exchanged while it is asked. */
function followFlags(oidc: OidcFlags, deps: JwtIssuersDeps): TokenAuthenticator {
  const { caFile } = oidc;
  const authenticatorBy = (ca: string | undefined): TokenAuthenticator => userErrors(() => authenticatorsOf({ jwt: [configOfFlags(oidc, ca)] }, oidc.signingAlgorithms, deps));
  if (caFile === undefined) return authenticatorBy(undefined);
  let current: TokenAuthenticator = unionTokenAuthenticator([]);
  deps.files.follow((read) => readAuthorities(read, caFile), (ca) => { current = authenticatorBy(ca); });
  return { authenticate: (token, audiences) => current.authenticate(token, audiences) };
}

function followFile(file: string, deps: JwtIssuersDeps): JwtIssuers {
  const text = deps.files.read(file);
  const initial = userErrors(() => readAuthenticationConfiguration(text, file));
  let current = userErrors(() => authenticatorsOf(initial, ALGORITHMS, deps));
  deps.files.follow((read) => read(file), (changed) => {
    if (changed === text) return; // the one that is in use
    try {
      const config = readAuthenticationConfiguration(changed, file);
      if (!isDeepStrictEqual(config.anonymous, initial.anonymous)) throw new Error(formatFieldErrors([forbiddenField('anonymous', 'changed from initial configuration file')]));
      current = authenticatorsOf(config, ALGORITHMS, deps);
      deps.metrics.reloaded('success', changed);
    } catch (error) {
      deps.metrics.reloaded('failure', changed);
      throw error;
    }
  });
  return { tokens: { authenticate: (token, audiences) => current.authenticate(token, audiences) }, anonymous: initial.anonymous };
}

function authenticatorsOf({ jwt, anonymous }: AuthenticationFileConfig, algorithms: readonly string[], { expressions: compiler, disallowedIssuers, apiAudiences, get, clock, metrics }: JwtIssuersDeps): TokenAuthenticator {
  const { errors, compiled } = compileJwtConfigs(jwt, { compiler, disallowedIssuers, anonymous });
  if (errors.length > 0) throw new Error(`invalid authentication configuration: ${formatFieldErrors(errors)}`);
  return unionTokenAuthenticator(jwt.flatMap((config, index) => {
    const [expressions, url] = [compiled[index], config.issuer.url];
    return expressions === undefined ? [] : [jwtAuthenticator({
      config, expressions, algorithms, apiAudiences, get, clock,
      observe: (result, durationMs) => { metrics.jwtJudged(url, result, durationMs); }, observeKeys: (result, text) => { metrics.keysFetched(url, result, text); },
    })];
  }));
}

function userErrors<T>(read: () => T): T {
  try { return read(); } catch (error) { throw new UserError(errorMessage(error)); }
}
