import { X509Certificate } from 'node:crypto';
import { duplicate, type FieldError, invalidValue, repeatedIndexes, required, tooMany } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { domainPathErrors } from '../impersonation/extra-rules.ts';
import type { Expression, ExpressionCompiler, ExpressionUse } from '../expression.ts';
import type { AnonymousConfig, ClaimMappings, JwtAuthenticatorConfig, PrefixedClaimOrExpression } from './jwt-config.ts';

const ISSUERS_MAX = 64;

/** The expressions of one issuer's configuration, in the order of the file. */
export interface CompiledExpressions {
  claimRules: { expression: Expression; source: string; message: string }[];
  username?: Expression;
  groups?: Expression;
  uid?: Expression;
  extra: { key: string; expression: Expression }[];
  userRules: { expression: Expression; source: string; message: string }[];
}

interface Compilation { compiler: ExpressionCompiler; errors: FieldError[]; expressions: CompiledExpressions; /** Of claims' rules, names and extra fields. */ sources: string[] }

/** Validates configurations and compiles their expressions. `disallowedIssuers`: those of service accounts. */
export function compileJwtConfigs(configs: readonly JwtAuthenticatorConfig[], { compiler, disallowedIssuers, anonymous }: { compiler: ExpressionCompiler; disallowedIssuers: readonly string[]; anonymous?: AnonymousConfig | undefined }): { errors: FieldError[]; compiled: CompiledExpressions[] } {
  if (configs.length > ISSUERS_MAX) return { errors: [tooMany('jwt', configs.length, ISSUERS_MAX)], compiled: [] };
  const errors: FieldError[] = [];
  const [urls, discoveryUrls] = [new Set<string>(), new Set<string>()];
  const compiled = configs.map((config, index) => {
    const path = `jwt[${index}]`;
    const compilation: Compilation = { compiler, errors, expressions: { claimRules: [], extra: [], userRules: [] }, sources: [] };
    compileOne(config, path, { ...compilation, disallowedIssuers });
    const { url, discoveryURL = '' } = config.issuer;
    if (urls.has(url)) errors.push(duplicate(`${path}.issuer.url`, url));
    urls.add(url);
    if (discoveryURL !== '' && discoveryUrls.has(discoveryURL)) errors.push(duplicate(`${path}.issuer.discoveryURL`, discoveryURL));
    discoveryUrls.add(discoveryURL);
    return compilation.expressions;
  });
  if (anonymous !== undefined && !anonymous.enabled && anonymous.conditions?.length) errors.push(invalidValue('anonymous.conditions', anonymous.conditions.map(({ path }) => ({ Path: path })), 'enabled should be set to true when conditions are defined'));
  return { errors, compiled };
}

function compileOne(config: JwtAuthenticatorConfig, path: string, compilation: Compilation & { disallowedIssuers: readonly string[] }): void {
  compilation.errors.push(...issuerErrors(config.issuer, `${path}.issuer`, compilation.disallowedIssuers));
  compileClaimRules(config.claimValidationRules, `${path}.claimValidationRules`, compilation);
  compileMappings(config.claimMappings, `${path}.claimMappings`, compilation);
  compileUserRules(config.userValidationRules, `${path}.userValidationRules`, compilation);
}

function issuerErrors({ url, discoveryURL = '', audiences, audienceMatchPolicy = '', certificateAuthority = '', egressSelectorType = '' }: JwtAuthenticatorConfig['issuer'], path: string, disallowed: readonly string[]): FieldError[] {
  return [
    ...url === '' ? [required(`${path}.url`)] : urlErrors(url, `${path}.url`, disallowed),
    ...discoveryURL === '' ? [] : discoveryErrors(url, discoveryURL, `${path}.discoveryURL`),
    ...audienceErrors(audiences, audienceMatchPolicy, path),
    ...caErrors(certificateAuthority, `${path}.certificateAuthority`),
    ...['', 'controlplane', 'cluster'].includes(egressSelectorType) ? [] : [invalidValue(`${path}.egressSelectorType`, egressSelectorType, 'egress selector must be either controlplane or cluster')],
  ];
}

function discoveryErrors(url: string, discoveryURL: string, path: string): FieldError[] {
  const same = url !== '' && url.replace(/\/+$/, '') === discoveryURL.replace(/\/+$/, '');
  return [...(same ? [invalidValue(path, discoveryURL, 'discoveryURL must be different from URL')] : []), ...urlErrors(discoveryURL, path, [])];
}

function urlErrors(text: string, path: string, disallowed: readonly string[]): FieldError[] {
  const errors: FieldError[] = disallowed.includes(text) ? [invalidValue(path, text, `URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`)] : [];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fault = (detail: string): void => { errors.push(invalidValue(path, text, detail)); };
  if (url?.protocol !== 'https:') fault('URL scheme must be https');
  if (url === undefined) return errors;
  if (url.username !== '' || url.password !== '') fault('URL must not contain a username or password');
  if (url.search !== '') fault('URL must not contain a query');
  if (url.hash !== '') fault('URL must not contain a fragment');
  return errors;
}

function audienceErrors(audiences: readonly string[], policy: string, path: string): FieldError[] {
  if (audiences.length === 0) return [required(`${path}.audiences`, `at least one ${path}.audiences is required`)];
  const repeated = repeatedIndexes(audiences);
  const errors = audiences.flatMap((audience, index) => {
    const at = `${path}.audiences[${index}]`;
    return [...(audience === '' ? [required(at)] : []), ...(repeated.has(index) ? [duplicate(at, audience)] : [])];
  });
  if (policy === 'MatchAny' || (policy === '' && audiences.length === 1)) return errors;
  const rule = audiences.length > 1 ? 'audienceMatchPolicy must be MatchAny for multiple audiences' : 'audienceMatchPolicy must be empty or MatchAny for single audience';
  return [...errors, invalidValue(`${path}.audienceMatchPolicy`, policy, rule)];
}

function caErrors(pem: string, path: string): FieldError[] {
  if (pem === '') return [];
  try { void new X509Certificate(pem); return []; } catch { return [invalidValue(path, '<omitted>', 'data does not contain any valid RSA or ECDSA certificates')]; } // whatever is wrong with it
}

function compileClaimRules(rules: JwtAuthenticatorConfig['claimValidationRules'], path: string, compilation: Compilation): void {
  const { errors, expressions } = compilation;
  const [claims, sources] = [new Set<string>(), new Set<string>()];
  for (const [index, { claim = '', requiredValue = '', expression = '', message = '' }] of rules.entries()) {
    const at = `${path}[${index}]`;
    if (claim !== '' && expression !== '') { errors.push(invalidValue(at, claim, "claim and expression can't both be set")); continue; }
    if (claim === '' && expression === '') { errors.push(required(at, 'claim or expression is required')); continue; }
    if (claim !== '') {
      if (message !== '') errors.push(invalidValue(`${at}.message`, message, 'may not be specified when claim is set'));
      if (claims.has(claim)) errors.push(duplicate(`${at}.claim`, claim));
      claims.add(claim);
      continue;
    }
    if (requiredValue !== '') errors.push(invalidValue(`${at}.requiredValue`, requiredValue, 'may not be specified when expression is set'));
    if (sources.has(expression)) { errors.push(duplicate(`${at}.expression`, expression)); continue; }
    sources.add(expression);
    const compiled = compile(expression, 'claimRule', `${at}.expression`, compilation);
    if (compiled !== undefined) expressions.claimRules.push({ expression: compiled, source: expression, message });
  }
}

function compileMappings({ username, groups = {}, uid = {}, extra = [] }: ClaimMappings, path: string, compilation: Compilation): void {
  const { errors, expressions } = compilation;
  const name = compileMapping(username, `${path}.username`, compilation);
  if (name !== undefined) expressions.username = name;
  if ((username.claim ?? '') === '' && (username.expression ?? '') === '') errors.push(required(`${path}.username`, 'claim or expression is required'));
  const list = compileMapping(groups, `${path}.groups`, compilation);
  if (list !== undefined) expressions.groups = list;
  if (uid.claim && uid.expression) errors.push(invalidValue(`${path}.uid`, '', "claim and expression can't both be set"));
  else if (uid.expression) {
    const compiled = compile(uid.expression, 'claimMapping', `${path}.uid.expression`, compilation);
    if (compiled !== undefined) expressions.uid = compiled;
  }
  compileExtra(extra, `${path}.extra`, compilation);
  if (selects(username.expression, 'email') && !compilation.sources.some((source) => selects(source, 'email_verified'))) errors.push(invalidValue(`${path}.username.expression`, username.expression, EMAIL_RULE));
}

const EMAIL_RULE = 'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression';

/** Whether an expression reads a claim. A look at its text: what stands in a literal counts, too, which only asks for more care than needed. */
function selects(source: string | undefined, claim: string): boolean {
  return source !== undefined && new RegExp(`\\bclaims\\s*\\.\\s*\\??\\s*${claim}\\b`).test(source);
}

function compileMapping({ claim = '', prefix, expression = '' }: PrefixedClaimOrExpression, path: string, compilation: Compilation): Expression | undefined {
  const { errors } = compilation;
  if (claim !== '' && expression !== '') { errors.push(invalidValue(path, '', "claim and expression can't both be set")); return undefined; }
  if (expression !== '') {
    if (prefix !== undefined) errors.push(invalidValue(`${path}.prefix`, prefix, 'may not be specified when expression is set'));
    return compile(expression, 'claimMapping', `${path}.expression`, compilation);
  }
  if (claim !== '' && prefix === undefined) errors.push(required(`${path}.prefix`, 'prefix is required when claim is set. It can be set to an empty string to disable prefixing'));
  return undefined;
}

const RESERVED = /(?:^|\.)(?:kubernetes|k8s)\.io$/;

function compileExtra(mappings: NonNullable<ClaimMappings['extra']>, path: string, compilation: Compilation): void {
  const { errors, expressions } = compilation;
  const keys = new Set<string>();
  for (const [index, { key = '', valueExpression = '' }] of mappings.entries()) {
    const at = `${path}[${index}]`;
    errors.push(...(key === '' ? [required(`${at}.key`)] : domainPathErrors(key, `${at}.key`)));
    if (key !== key.toLowerCase()) errors.push(invalidValue(`${at}.key`, key, 'must be lowercase'));
    if (RESERVED.test(key.split('/')[0] ?? '')) errors.push(invalidValue(`${at}.key`, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'));
    if (keys.has(key)) { errors.push(duplicate(`${at}.key`, key)); continue; }
    keys.add(key);
    if (valueExpression === '') { errors.push(required(`${at}.valueExpression`)); continue; }
    const compiled = compile(valueExpression, 'claimMapping', `${at}.valueExpression`, compilation);
    if (compiled !== undefined) expressions.extra.push({ key, expression: compiled });
  }
}

function compileUserRules(rules: JwtAuthenticatorConfig['userValidationRules'], path: string, compilation: Compilation): void {
  const { errors, expressions } = compilation;
  const sources = new Set<string>();
  for (const [index, { expression = '', message = '' }] of rules.entries()) {
    const at = `${path}[${index}].expression`;
    if (expression === '') { errors.push(required(at)); continue; }
    if (sources.has(expression)) { errors.push(duplicate(at, expression)); continue; }
    sources.add(expression);
    const compiled = compile(expression, 'userRule', at, compilation);
    if (compiled !== undefined) expressions.userRules.push({ expression: compiled, source: expression, message });
  }
}

function compile(source: string, use: ExpressionUse, field: string, { compiler, errors, sources }: Compilation): Expression | undefined {
  sources.push(source);
  try { return compiler.compile(source, use); } catch (error) { errors.push(invalidValue(field, source, errorMessage(error))); return undefined; }
}
