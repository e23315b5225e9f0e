import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Expression, ExpressionCompiler } from '../../authn/expression.ts';
import { readAuthorizationConfiguration } from './authorization-configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'authorization-configuration-'));
const kubeconfig = path.join(folder, 'kubeconfig');
writeFileSync(kubeconfig, '');
afterAll(() => { rmSync(folder, { recursive: true }); });

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n';
const webhook = (change: object = {}): string => JSON.stringify({ type: 'Webhook', name: 'w', webhook: { timeout: '3s', subjectAccessReviewVersion: 'v1', failurePolicy: 'Deny', connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: kubeconfig }, ...change } });
const chain = (...authorizers: string[]): string => `${head}authorizers: [${authorizers.join(', ')}]\n`;
const rbac = '{type: RBAC, name: rbac}';
const always: Expression = { evaluate: () => true };
const compiler: ExpressionCompiler = { compile: () => always };
const refusing: ExpressionCompiler = { compile: () => { throw new Error('compilation failed'); } };

describe('readAuthorizationConfiguration', () => {
  it('reads a chain, with the defaults of webhooks', () => {
    const conditions = { matchConditions: [{ expression: 'true' }], matchConditionSubjectAccessReviewVersion: 'v1' };
    expect(readAuthorizationConfiguration(chain(webhook({ ...conditions, cacheUnauthorizedRequests: false }), '{type: Node, name: node}', rbac), compiler)).toEqual([
      { type: 'Webhook', name: 'w', webhook: { authorizedTtlMs: 300_000, unauthorizedTtlMs: 0, timeoutMs: 3_000, version: 'v1', failurePolicy: 'Deny', kubeconfig, matchConditions: [always] } },
      { type: 'Node', name: 'node' }, { type: 'RBAC', name: 'rbac' },
    ]);
  });

  it.each<[string, string, string]>([
    ['another kind', 'apiVersion: v1\nkind: Pod\n', 'failed to load AuthorizationConfiguration from file: no kind "Pod" is registered for version "v1" in scheme'],
    ['an unknown field', `${head}authorizers:\n- {type: RBAC, name: rbac, weight: 1}\n`, 'failed to load AuthorizationConfiguration from file: strict decoding error: unknown field "authorizers[0].weight"'],
    ['no authorizers', head, 'authorizers: Required value: at least one authorization mode must be defined'],
    ['an unknown type', chain('{type: Magic, name: magic}'), 'authorizers[0].type: Unsupported value: "Magic": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"'],
    ['a type twice', chain(rbac, '{type: RBAC, name: two}'), 'authorizers[1].type: Duplicate value: "RBAC"'],
    ['a name twice', chain(webhook(), webhook()), 'authorizers[1].name: Duplicate value: "w"'],
    ['a wrong name', chain('{type: RBAC, name: mine}'), 'expected name rbac for authorizer RBAC instead of mine'],
    ['a webhook where none belongs', chain('{type: RBAC, name: rbac, webhook: {timeout: 1s}}'), 'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook'],
    ['no webhook where one belongs', chain('{type: Webhook, name: w}'), 'authorizers[0].webhook: Required value: required when type=Webhook'],
    ['a webhook without a timeout', chain(webhook({ timeout: '0s' })), 'authorizers[0].timeout: Required value'],
    ['a negative time to live', chain(webhook({ authorizedTTL: '-1s' })), 'authorizers[0].authorizedTTL: Invalid value: "-1s": must be > 0s'],
    ['conditions without a version', chain(webhook({ matchConditions: [{ expression: 'a' }] })), 'authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified'],
    ['doubled and empty conditions', chain(webhook({ matchConditionSubjectAccessReviewVersion: 'v1', matchConditions: [{ expression: 'a' }, { expression: 'a' }, { expression: ' ' }] })), '[authorizers[0].matchConditions[1].expression: Duplicate value: "a", authorizers[0].matchConditions[2].expression: Required value]'],
    ['a missing kubeconfig', chain(webhook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/nowhere' } })), 'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/nowhere": error loading file: stat /nowhere: no such file or directory'],
    ['a kubeconfig in a cluster', chain(webhook({ connectionInfo: { type: 'InClusterConfig', kubeConfigFile: kubeconfig } })), `authorizers[0].connectionInfo.kubeConfigFile: Invalid value: ${JSON.stringify(kubeconfig)}: can only be set when type=KubeConfigFile`],
  ])('refuses %s', (_name, text, message) => {
    expect(() => readAuthorizationConfiguration(text, compiler)).toThrow(new Error(message));
  });

  it('refuses expressions that cannot be compiled, and changes that leave an authorizer out', () => {
    expect(() => readAuthorizationConfiguration(chain(webhook({ matchConditionSubjectAccessReviewVersion: 'v1', matchConditions: [{ expression: 'true' }] })), refusing)).toThrow('authorizers[0].matchConditions[0].expression: Invalid value: "true": compilation failed');
    expect(() => readAuthorizationConfiguration(chain(webhook()), compiler, ['Webhook', 'RBAC', 'Node'])).toThrow('missing required types: [Node RBAC]');
  });
});
