import type { authorizationV1 } from '@kubernode/api';
import { errorMessage, type Clock } from '@kubernode/base';
import { ExpiringCache } from '../../authn/expiring-cache.ts';
import type { Expression } from '../../authn/expression.ts';
import type { ReviewWebhook } from '../../authn/webhook/review-webhook.ts';
import type { AuthorizationAttributes, Authorizer, Decision } from '../../pipeline/api-request.ts';
import type { WebhookConfig } from '../config/authorization-configuration.ts';
import { accessReviewSpec, conditionRequest } from './access-review.ts';

const CACHED_DECISIONS_MAX = 8_192;
/** Questions with more text than this under the client's control are not remembered, so that nobody fills memory with them. */
const CACHED_TEXT_LENGTH_MAX = 10_000;

export interface WebhookAuthorizerOptions {
  config: Pick<WebhookConfig, 'authorizedTtlMs' | 'unauthorizedTtlMs' | 'version' | 'failurePolicy' | 'matchConditions'>;
  webhook: ReviewWebhook;
  clock: Pick<Clock, 'monotonicNow'>;
  /** Told when a failure is passed over. */
  onFailOpen?: (() => void) | undefined;
}

type Status = Readonly<Partial<authorizationV1.SubjectAccessReviewStatus>>;

/** Asks a server of somebody else's by SubjectAccessReviews. What it said holds for a while; a question that is being asked is asked once. */
export class WebhookAuthorizer implements Authorizer {
  readonly #options: WebhookAuthorizerOptions;
  readonly #known: ExpiringCache<Status>;
  readonly #underWay = new Map<string, Promise<Decision>>();

  constructor(options: WebhookAuthorizerOptions) {
    this.#options = options;
    this.#known = new ExpiringCache({ clock: options.clock, entriesMax: CACHED_DECISIONS_MAX });
  }

  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    const spec = accessReviewSpec(attributes);
    const { matchConditions } = this.#options.config;
    const matched = matchConditions.length === 0 || matches(conditionRequest(attributes, spec), matchConditions);
    if (matched instanceof Error) return this.#failed(matched);
    if (!matched) return { verdict: 'noOpinion', reason: '' };
    const key = JSON.stringify(spec);
    const known = this.#known.get(key);
    if (known !== undefined) return decisionOf(known);
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const asked = this.#ask(spec, isSmall(attributes) ? key : undefined).finally(() => { this.#underWay.delete(key); });
    this.#underWay.set(key, asked);
    return asked;
  }

  async #ask(spec: authorizationV1.SubjectAccessReviewSpec, key: string | undefined): Promise<Decision> {
    const { webhook, config: { version, authorizedTtlMs, unauthorizedTtlMs } } = this.#options;
    try {
      const status: Status = await webhook.review({ apiVersion: `authorization.k8s.io/${version}`, kind: 'SubjectAccessReview', spec: version === 'v1beta1' ? olderSpec(spec) : spec });
      if (key !== undefined) this.#known.set(key, status, status.allowed === true ? authorizedTtlMs : unauthorizedTtlMs);
      return decisionOf(status);
    } catch (error) {
      if (this.#options.config.failurePolicy === 'NoOpinion') this.#options.onFailOpen?.();
      return this.#failed(error);
    }
  }

  #failed(error: unknown): Decision {
    return { verdict: this.#options.config.failurePolicy === 'Deny' ? 'deny' : 'noOpinion', reason: '', error: errorMessage(error) };
  }
}

function decisionOf({ allowed = false, denied = false, reason = '' }: Status): Decision {
  if (allowed && denied) return { verdict: 'deny', reason, error: 'webhook subject access review returned both allow and deny response' };
  return { verdict: denied ? 'deny' : allowed ? 'allow' : 'noOpinion', reason };
}

/** False as soon as one condition is; otherwise the errors of those that cannot be judged. */
function matches(request: unknown, conditions: readonly Expression[]): boolean | Error {
  const errors: string[] = [];
  for (const condition of conditions) {
    try { if (condition.evaluate(request) !== true) return false; } catch (error) { errors.push(`cel evaluation error: ${errorMessage(error)}`); }
  }
  return errors.length === 0 ? true : new Error(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`);
}

/** The older version calls groups `group`. */
function olderSpec({ groups, ...rest }: authorizationV1.SubjectAccessReviewSpec): object {
  return { ...rest, ...(groups && { group: groups }) };
}

function isSmall({ namespace, verb, group, version, resource, subresource, name, path }: AuthorizationAttributes): boolean {
  return [namespace, verb, group, version, resource, subresource, name, path].reduce((length, text) => length + text.length, 0) < CACHED_TEXT_LENGTH_MAX;
}
