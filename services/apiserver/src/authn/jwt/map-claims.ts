import { errorMessage } from '@kubernode/base';
import type { UserInfo } from '../../pipeline/api-request.ts';
import type { Expression } from '../expression.ts';
import type { CompiledExpressions } from './compile-jwt-config.ts';
import type { ClaimMappings, JwtAuthenticatorConfig } from './jwt-config.ts';
import type { Claims } from './verify-jwt.ts';

const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

/** The user that a token's claims mean; throws an Error that says which claim or rule does not fit. */
export function userOfClaims(claims: Claims, { claimMappings, claimValidationRules }: JwtAuthenticatorConfig, expressions: CompiledExpressions): UserInfo {
  const user = {
    name: usernameOf(claims, claimMappings, expressions), uid: uidOf(claims, claimMappings, expressions),
    groups: groupsOf(claims, claimMappings, expressions), extra: extraOf(claims, expressions),
  };
  checkRequired(claims, claimValidationRules);
  checkRules(expressions.claimRules, claims, 'oidc: error evaluating claim validation expression');
  checkRules(expressions.userRules, { username: user.name, uid: user.uid, groups: user.groups, extra: user.extra }, 'oidc: error evaluating user info validation rule');
  return user;
}

function usernameOf(claims: Claims, { username: { claim = '', prefix = '' } }: ClaimMappings, { username }: CompiledExpressions): string {
  if (username !== undefined) {
    const name = evaluate(username, claims, 'oidc: error evaluating username claim expression');
    if (typeof name !== 'string') throw new Error('oidc: error evaluating username claim expression: username claim expression must return a string');
    if (name === '') throw new Error('oidc: empty username via CEL expression is not allowed');
    return name;
  }
  const name = text(claims, claim, (why) => `oidc: parse username claims ${JSON.stringify(claim)}: ${why}`);
  if (claim === 'email' && Object.hasOwn(claims, 'email_verified')) {
    const verified = claims['email_verified'];
    if (typeof verified !== 'boolean') throw new Error(`oidc: parse 'email_verified' claim: json: cannot unmarshal ${jsonKind(verified)} into Go value of type bool`);
    if (!verified) throw new Error('oidc: email not verified');
  }
  return prefix + name;
}

function groupsOf(claims: Claims, { groups: { claim = '', prefix = '' } = {} }: ClaimMappings, { groups }: CompiledExpressions): string[] {
  if (claim !== '' && Object.hasOwn(claims, claim)) {
    const value = claims[claim];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const fault = list.find((group) => typeof group !== 'string');
    if (fault !== undefined) throw new Error(`oidc: parse groups claim ${JSON.stringify(claim)}: json: cannot unmarshal ${jsonKind(value)} into Go value of type string`);
    return list.map((group) => prefix + String(group));
  }
  return groups === undefined ? [] : stringList(evaluate(groups, claims, 'oidc: error evaluating group claim expression'), 'oidc: error evaluating group claim expression');
}

function uidOf(claims: Claims, { uid: { claim = '' } = {} }: ClaimMappings, { uid }: CompiledExpressions): string {
  if (claim !== '') return text(claims, claim, (why) => `oidc: parse uid claim ${JSON.stringify(claim)}: ${why}`);
  if (uid === undefined) return '';
  const value = evaluate(uid, claims, 'oidc: error evaluating uid claim expression');
  if (typeof value !== 'string') throw new Error('oidc: error evaluating uid claim expression: uid claim expression must return a string');
  return value;
}

function extraOf(claims: Claims, { extra }: CompiledExpressions): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  const { jti } = claims;
  if (typeof jti === 'string' && jti !== '') found[CREDENTIAL_ID] = [`JTI=${jti}`];
  for (const { key, expression } of extra) {
    const values = stringList(evaluate(expression, claims, 'oidc: error evaluating extra claim expression'), 'oidc: error evaluating extra claim expression');
    if (values.length > 0) found[key] = values;
  }
  return found;
}

function checkRequired(claims: Claims, rules: JwtAuthenticatorConfig['claimValidationRules']): void {
  for (const { claim = '', requiredValue = '' } of rules) {
    if (claim === '') continue;
    if (!Object.hasOwn(claims, claim)) throw new Error(`oidc: required claim ${claim} not present in ID token`);
    const value = text(claims, claim, (why) => `oidc: parse claim ${claim}: ${why}`);
    if (value !== requiredValue) throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`);
  }
}

function checkRules(rules: CompiledExpressions['claimRules'], variable: unknown, prefix: string): void {
  for (const { expression, source, message } of rules) {
    const value = evaluate(expression, variable, prefix);
    if (typeof value !== 'boolean') throw new Error(`${prefix}: validation expression must return a boolean`);
    if (!value) throw new Error(`${prefix}: validation expression '${source}' failed: ${message}`);
  }
}

function evaluate(expression: Expression, variable: unknown, prefix: string): unknown {
  try { return expression.evaluate(variable); } catch (error) { throw new Error(`${prefix}: ${errorMessage(error)}`); }
}

function text(claims: Claims, claim: string, fault: (why: string) => string): string {
  if (!Object.hasOwn(claims, claim)) throw new Error(fault('claim not present'));
  const value = claims[claim];
  if (value === null) return ''; // as Go reads it
  if (typeof value !== 'string') throw new Error(fault(`json: cannot unmarshal ${jsonKind(value)} into Go value of type string`));
  return value;
}

/** A text or a list of texts, without empty ones. */
function stringList(value: unknown, prefix: string): string[] {
  const list: unknown[] = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
  return list.map((one) => {
    if (typeof one !== 'string') throw new Error(`${prefix}: expression must return a string or a list of strings`);
    return one;
  }).filter((one) => one !== '');
}

function jsonKind(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}
