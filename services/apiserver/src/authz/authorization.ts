import { hostname } from 'node:os';
import type { coreV1, rbacV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import { type FileFollower, UsageError, UserError } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { ExpressionCompiler } from '../authn/expression.ts';
import { WEBHOOK_TIMEOUT_MS } from '../authn/webhook/review-webhook.ts';
import type { ObjectSources } from '../endpoints/endpoint.ts';
import type { Authorizer } from '../pipeline/api-request.ts';
import { type AuthorizationMetrics, createAuthorizationMetrics } from './authorization-metrics.ts';
import { type AuthorizerChain, authorizerChain, type ChainParts } from './authorizer-chain.ts';
import { bootstrapPolicy } from './bootstrap-policy/bootstrap-policy.ts';
import { AUTHORIZER_TYPES, type AuthorizerConfig, type AuthorizerType, readAuthorizationConfiguration } from './config/authorization-configuration.ts';
import { NodeAuthorizer } from './node/node-authorizer.ts';
import { followNodes, NodeGraph } from './node/node-graph.ts';
import { PolicyIndex } from './rbac/policy-index.ts';
import { followPolicy, RbacAuthorizer } from './rbac/rbac-authorizer.ts';
import type { RuleResolver } from './rule-resolver.ts';

export interface AuthorizationConfig {
  /** --authorization-mode; empty with a file. */
  modes: readonly string[];
  /** --authorization-config, which is taken up anew when it changes. */
  file: string | undefined;
  /** --authorization-webhook-*, for mode Webhook. */
  webhook: { kubeconfig: string | undefined; version: string; authorizedTtlMs: number; unauthorizedTtlMs: number };
}

export interface Authorization extends Disposable {
  authorizer: Authorizer;
  rules: RuleResolver;
  /** Only where RBAC is in use: what escalation checks need. */
  rbac: RbacAuthorizer | undefined;
}

export interface AuthorizationDeps {
  sources: ObjectSources;
  files: FileFollower;
  expressions: ExpressionCompiler;
  clock: Clock;
  rng: Rng;
  registry: Registry;
  env: Readonly<Record<string, string | undefined>>;
}

/** Builds the chain of authorizers that flags or a file describe. Throws a UsageError for wrong flags, a UserError for a wrong file. */
export function setUpAuthorization(config: AuthorizationConfig, deps: AuthorizationDeps): Authorization {
  const text = config.file === undefined ? undefined : deps.files.read(config.file);
  const configs = text === undefined ? configsOfModes(config) : readFileConfigs(text, deps.expressions);
  const links: Disposable[] = [];
  const has = (type: AuthorizerType): boolean => configs.some((one) => one.type === type);
  const metrics = createAuthorizationMetrics({ registry: deps.registry, clock: deps.clock, serverId: hostname() });
  const parts: ChainParts = { ...deps, metrics, node: has('Node') ? nodeAuthorizer(deps.sources, links) : undefined, rbac: has('RBAC') ? rbacAuthorizer(deps.sources, links) : undefined };
  let current = authorizerChain(configs, parts);
  if (config.file !== undefined && text !== undefined) {
    followConfig(config.file, text, { ...deps, metrics, parts, mustKeep: configs.map(({ type }) => type), take: (chain) => { current.close(); current = chain; } });
  }
  return {
    authorizer: { authorize: (attributes) => current.authorizer.authorize(attributes) },
    rules: { rulesFor: (user, namespace) => current.rules.rulesFor(user, namespace) },
    rbac: parts.rbac,
    [Symbol.dispose]: () => { current.close(); for (const link of links) link[Symbol.dispose](); },
  };
}

/** The kinds of authorizers that a configuration uses, without setting them up. */
export function authorizerTypes(config: AuthorizationConfig, { files, expressions }: Pick<AuthorizationDeps, 'files' | 'expressions'>): AuthorizerType[] {
  return (config.file === undefined ? configsOfModes(config) : readFileConfigs(files.read(config.file), expressions)).map(({ type }) => type);
}

function readFileConfigs(text: string, expressions: ExpressionCompiler): AuthorizerConfig[] {
  try { return readAuthorizationConfiguration(text, expressions); } catch (error) { throw new UserError(errorMessage(error)); }
}

interface Following extends AuthorizationDeps { metrics: AuthorizationMetrics; parts: ChainParts; mustKeep: readonly AuthorizerType[]; take(chain: AuthorizerChain): void }

function followConfig(file: string, text: string, { files, expressions, metrics, parts, mustKeep, take }: Following): void {
  files.follow((read) => read(file), (changed) => {
    if (changed === text) return; // the one that is in use
    try {
      take(authorizerChain(readAuthorizationConfiguration(changed, expressions, mustKeep), parts));
      metrics.reloaded('success', changed);
    } catch (error) {
      metrics.reloaded('failure', changed);
      throw error;
    }
  });
}

function configsOfModes({ modes, webhook }: AuthorizationConfig): AuthorizerConfig[] {
  if (modes.length === 0) throw new UsageError('at least one authorization-mode must be passed');
  if (new Set(modes).size < modes.length) throw new UsageError(`authorization-mode ${JSON.stringify(modes)} has mode specified more than once`);
  return modes.map((mode) => {
    const type = AUTHORIZER_TYPES.find((known) => known === mode);
    if (type === undefined) throw new UsageError(`authorization-mode ${JSON.stringify(mode)} is not a valid mode, one of ${AUTHORIZER_TYPES.join(', ')} is`);
    if (type !== 'Webhook') return { type, name: type.toLowerCase() };
    if (webhook.kubeconfig === undefined) throw new UsageError("authorization-mode Webhook's authorization config file not passed");
    const { kubeconfig, version, authorizedTtlMs, unauthorizedTtlMs } = webhook;
    if (!['v1', 'v1beta1'].includes(version)) throw new UsageError(`unsupported webhook authorizer version ${JSON.stringify(version)}, supported versions are "v1", "v1beta1"`);
    return { type, name: 'default', webhook: { kubeconfig, version, authorizedTtlMs, unauthorizedTtlMs, timeoutMs: WEBHOOK_TIMEOUT_MS, failurePolicy: 'NoOpinion', matchConditions: [] } };
  });
}

function rbacAuthorizer(sources: ObjectSources, links: Disposable[]): RbacAuthorizer {
  const group = 'rbac.authorization.k8s.io';
  const index = new PolicyIndex();
  links.push(followPolicy(index, {
    roles: sources<rbacV1.Role & KubeObject>({ group, resource: 'roles' }),
    roleBindings: sources<rbacV1.RoleBinding & KubeObject>({ group, resource: 'rolebindings' }),
    clusterRoles: sources<rbacV1.ClusterRole & KubeObject>({ group, resource: 'clusterroles' }),
    clusterRoleBindings: sources<rbacV1.ClusterRoleBinding & KubeObject>({ group, resource: 'clusterrolebindings' }),
  }));
  return new RbacAuthorizer(index);
}

function nodeAuthorizer(sources: ObjectSources, links: Disposable[]): NodeAuthorizer {
  const graph = new NodeGraph();
  const nodeNameOfSpec = (object: Readonly<KubeObject>): string | undefined => (object['spec'] as { nodeName?: string } | undefined)?.nodeName; // both kinds have it there
  links.push(followNodes(graph, {
    pods: sources<coreV1.Pod & KubeObject>({ group: '', resource: 'pods' }),
    persistentVolumes: sources<coreV1.PersistentVolume & KubeObject>({ group: '', resource: 'persistentvolumes' }),
    owned: [
      { resource: 'volumeattachments', source: sources({ group: 'storage.k8s.io', resource: 'volumeattachments' }), nodeNameOf: nodeNameOfSpec },
      { resource: 'resourceslices', source: sources({ group: 'resource.k8s.io', resource: 'resourceslices' }), nodeNameOf: nodeNameOfSpec },
    ],
  }));
  const role = bootstrapPolicy.clusterRoles.find(({ metadata }) => metadata.name === 'system:node');
  return new NodeAuthorizer(graph, role?.rules ?? []);
}
