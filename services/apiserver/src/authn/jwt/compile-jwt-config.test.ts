import { formatFieldErrors } from '@kubernode/apimachinery';
import type { ExpressionCompiler } from '../expression.ts';
import { compileJwtConfigs } from './compile-jwt-config.ts';
import { readAuthenticationConfiguration } from './jwt-config.ts';

const compiler: ExpressionCompiler = { compile: (source) => { if (source === 'bad') throw new Error('syntax'); return { evaluate: () => source }; } };
const issuer = { url: 'https://i', audiences: ['a'] };
const username = { claim: 'sub', prefix: '' };

function faults(jwt: object[], anonymous?: object): string {
  const text = JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt, ...(anonymous && { anonymous }) });
  const config = readAuthenticationConfiguration(text, 'f');
  const { errors } = compileJwtConfigs(config.jwt, { compiler, disallowedIssuers: ['https://kubernetes'], anonymous: config.anonymous });
  return errors.length === 0 ? '' : formatFieldErrors(errors);
}

describe('compileJwtConfigs', () => {
  it.each<[string, object, string]>([
    ['nothing wrong', { issuer, claimMappings: { username } }, ''],
    ['no issuer', { claimMappings: { username } }, '[jwt[0].issuer.url: Required value, jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required]'],
    ['the issuer of service accounts', { issuer: { ...issuer, url: 'https://kubernetes' }, claimMappings: { username } }, 'jwt[0].issuer.url: Invalid value: "https://kubernetes": URL must not overlap with disallowed issuers: [https://kubernetes]'],
    ['an odd address', { issuer: { ...issuer, url: 'https://u:p@i/?q#f' }, claimMappings: { username } }, '[jwt[0].issuer.url: Invalid value: "https://u:p@i/?q#f": URL must not contain a username or password, jwt[0].issuer.url: Invalid value: "https://u:p@i/?q#f": URL must not contain a query, jwt[0].issuer.url: Invalid value: "https://u:p@i/?q#f": URL must not contain a fragment]'],
    ['discovery at the issuer', { issuer: { ...issuer, discoveryURL: 'https://i/' }, claimMappings: { username } }, 'jwt[0].issuer.discoveryURL: Invalid value: "https://i/": discoveryURL must be different from URL'],
    ['audiences without a policy', { issuer: { ...issuer, audiences: ['a', 'b', 'a', ''] }, claimMappings: { username } }, '[jwt[0].issuer.audiences[2]: Duplicate value: "a", jwt[0].issuer.audiences[3]: Required value, jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences]'],
    ['a faulty CA', { issuer: { ...issuer, certificateAuthority: 'x' }, claimMappings: { username } }, 'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates'],
    ['faulty claim rules', { issuer, claimMappings: { username }, claimValidationRules: [{ claim: 'a', expression: 'b' }, {}, { claim: 'c', message: 'm' }, { claim: 'c' }, { expression: 'e', requiredValue: 'v' }, { expression: 'e' }, { expression: 'bad' }] },
      '[jwt[0].claimValidationRules[0]: Invalid value: "a": claim and expression can\'t both be set, jwt[0].claimValidationRules[1]: Required value: claim or expression is required, jwt[0].claimValidationRules[2].message: Invalid value: "m": may not be specified when claim is set, jwt[0].claimValidationRules[3].claim: Duplicate value: "c", jwt[0].claimValidationRules[4].requiredValue: Invalid value: "v": may not be specified when expression is set, jwt[0].claimValidationRules[5].expression: Duplicate value: "e", jwt[0].claimValidationRules[6].expression: Invalid value: "bad": syntax]'],
    ['a name without a claim', { issuer, claimMappings: {} }, 'jwt[0].claimMappings.username: Required value: claim or expression is required'],
    ['both of a mapping', { issuer, claimMappings: { username, groups: { claim: 'a', expression: 'b' }, uid: { claim: 'a', expression: 'b' } } }, '[jwt[0].claimMappings.groups: Invalid value: "": claim and expression can\'t both be set, jwt[0].claimMappings.uid: Invalid value: "": claim and expression can\'t both be set]'],
    ['a prefix of an expression', { issuer, claimMappings: { username: { expression: 'e', prefix: '' } } }, 'jwt[0].claimMappings.username.prefix: Invalid value: "": may not be specified when expression is set'],
    ['unverified addresses', { issuer, claimMappings: { username: { expression: 'claims.email' } } }, 'jwt[0].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'],
    ['verified addresses', { issuer, claimMappings: { username: { expression: 'claims.email' } }, claimValidationRules: [{ expression: 'claims.?email_verified.orValue(true)' }] }, ''],
    ['faulty extra fields', { issuer, claimMappings: { username, extra: [{ key: 'plain', valueExpression: 'e' }, { key: 'a.B/c', valueExpression: 'e' }, { key: 'x.k8s.io/a', valueExpression: 'e' }, { key: 'a.b/c' }, { key: 'a.b/c', valueExpression: 'e' }] } },
      expect.stringMatching(/extra\[0\]\.key: Invalid value: "plain": must be a domain-prefixed path .*extra\[1\]\.key: .*must be lowercase, .*extra\[2\]\.key: Invalid value: "x\.k8s\.io\/a": k8s\.io, kubernetes\.io and their subdomains are reserved for Kubernetes use, .*extra\[3\]\.valueExpression: Required value, .*extra\[4\]\.key: Duplicate value: "a\.b\/c"\]$/) as unknown as string],
    ['faulty user rules', { issuer, claimMappings: { username }, userValidationRules: [{}, { expression: 'e' }, { expression: 'e' }] }, '[jwt[0].userValidationRules[0].expression: Required value, jwt[0].userValidationRules[2].expression: Duplicate value: "e"]'],
  ])('finds %s', (_name, jwt, expected) => {
    expect(faults([jwt])).toEqual(expected);
  });

  it('finds issuers that stand twice, and conditions of what is off', () => {
    const one = { issuer: { ...issuer, discoveryURL: 'https://d' }, claimMappings: { username } };
    expect(faults([one, one])).toBe('[jwt[1].issuer.url: Duplicate value: "https://i", jwt[1].issuer.discoveryURL: Duplicate value: "https://d"]');
    expect(faults([], { enabled: false, conditions: [{ path: '/x' }] })).toBe('anonymous.conditions: Invalid value: [{"Path":"/x"}]: enabled should be set to true when conditions are defined');
    expect(() => readAuthenticationConfiguration('apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: [{issuer: {uri: x}}]\n', 'f')).toThrow('failed to load authentication configuration from file "f": strict decoding error: unknown field "jwt[0].issuer.uri"');
  });
});
