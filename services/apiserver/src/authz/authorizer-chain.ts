import { assertNever } from '@kubernode/base';
import type { Clock, Rng } from '@kubernode/base';
import { followKubeconfig } from '@kubernode/client';
import { type FileFollower, UserError } from '@kubernode/component-base';
import { inClusterTransport, reviewWebhook } from '../authn/webhook/review-webhook.ts';
import type { Authorizer, Decision, LocalAuthorizer } from '../pipeline/api-request.ts';
import type { AuthorizationMetrics } from './authorization-metrics.ts';
import type { AuthorizerConfig } from './config/authorization-configuration.ts';
import type { NodeAuthorizer } from './node/node-authorizer.ts';
import type { RbacAuthorizer } from './rbac/rbac-authorizer.ts';
import { alwaysAllowRuleResolver, nodeRuleResolver, rbacRuleResolver, type RuleResolver, unionRuleResolver, webhookRuleResolver } from './rule-resolver.ts';
import { alwaysAllowAuthorizer, alwaysDenyAuthorizer, privilegedGroupAuthorizer, unionAuthorizer } from './union-authorizer.ts';
import { WebhookAuthorizer } from './webhook/webhook-authorizer.ts';

/** What chains are made of. Node and RBAC follow objects, so that there is one of each however often the chain is made anew. */
export interface ChainParts {
  node: NodeAuthorizer | undefined;
  rbac: RbacAuthorizer | undefined;
  metrics: AuthorizationMetrics;
  /** Kubeconfigs of webhooks, and what they name. */
  files: FileFollower;
  clock: Clock;
  rng: Rng;
  env: Readonly<Record<string, string | undefined>>;
}

export interface AuthorizerChain { authorizer: Authorizer; rules: RuleResolver; close(): void }

/** The authorizers of a configuration in their order, behind the group system:masters. */
export function authorizerChain(configs: readonly AuthorizerConfig[], parts: ChainParts): AuthorizerChain {
  const closers: (() => void)[] = [];
  const members = configs.map((config) => {
    const { authorizer, rules } = memberOf(config, parts, closers);
    return { authorizer: counted(authorizer, parts.metrics.decisions(config.type, config.name)), rules };
  });
  return {
    authorizer: unionAuthorizer([privilegedGroupAuthorizer, ...members.map(({ authorizer }) => authorizer)]),
    rules: unionRuleResolver(members.flatMap(({ rules }) => (rules === undefined ? [] : [rules]))),
    close: () => { for (const close of closers) close(); },
  };
}

interface Member { authorizer: Authorizer; rules: RuleResolver | undefined }

function memberOf(config: AuthorizerConfig, parts: ChainParts, closers: (() => void)[]): Member {
  switch (config.type) {
    case 'AlwaysAllow': return { authorizer: alwaysAllowAuthorizer, rules: alwaysAllowRuleResolver };
    case 'AlwaysDeny': return { authorizer: alwaysDenyAuthorizer, rules: undefined };
    case 'Node': return { authorizer: fromStart(parts.node, config.type), rules: nodeRuleResolver };
    case 'RBAC': {
      const rbac = fromStart(parts.rbac, config.type);
      return { authorizer: rbac, rules: rbacRuleResolver(rbac) };
    }
    case 'Webhook': return { authorizer: webhookMember(config, parts, closers), rules: webhookRuleResolver };
    case 'ABAC': throw new UserError('authorizer type ABAC is not supported');
    default: return assertNever(config, 'type of authorizer');
  }
}

function fromStart<T extends LocalAuthorizer>(authorizer: T | undefined, type: string): T {
  if (authorizer === undefined) throw new UserError(`authorizer type ${type} is not allowed if it was not enabled at initial server startup`);
  return authorizer;
}

function webhookMember({ name, webhook: config }: Extract<AuthorizerConfig, { type: 'Webhook' }>, { files, clock, rng, metrics, env }: ChainParts, closers: (() => void)[]): Authorizer {
  const transport = config.kubeconfig === undefined ? inClusterTransport(env) : followKubeconfig(config.kubeconfig, files);
  closers.push(() => { transport.close(); });
  const webhook = reviewWebhook({ transport, timeoutMs: config.timeoutMs, clock, rng, observe: (call) => { metrics.webhookCalled(name, call); } });
  return new WebhookAuthorizer({ config, webhook, clock, onFailOpen: () => { metrics.webhookFailedOpen(name); } });
}

function counted(authorizer: Authorizer, count: (verdict: Decision['verdict']) => void): Authorizer {
  return {
    authorize(attributes) {
      const decision = authorizer.authorize(attributes);
      if (decision instanceof Promise) return decision.then((late) => { count(late.verdict); return late; });
      if (decision.verdict !== 'noOpinion') count(decision.verdict);
      return decision;
    },
  };
}
