import { newUid, StatusError } from '@kubernode/apimachinery';
import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { HookCallError, type HookClient, type HookTarget } from '../../webhook-client/hook-client.ts';
import type { CourseHeaders } from '../../pipeline/request-course.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { admissionRequest } from '../admission-request.ts';
import type { MatchedResource } from '../matching/match-rules.ts';
import type { ShownObjects } from '../request-objects.ts';
import { encodeReview, readReview, reviewVersion, verifyReview, type AdmissionResponse } from './admission-review.ts';
import type { Hook } from './hook.ts';
import { denial, dryRunUnsupported, WebhookCallFault, WebhookRejection } from './webhook-faults.ts';
import type { AdmissionStep, WebhookMetrics } from './webhook-metrics.ts';

export interface WebhookCallServices {
  client: HookClient;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  metrics: WebhookMetrics;
}

/** One question to one webhook: what it is about, in the version that the webhook knows. */
export interface Question extends ShownObjects {
  readonly hook: Hook;
  readonly attributes: AdmissionAttributes;
  readonly matched: MatchedResource;
}

/** Of configurations that were stored without one. */
const TIMEOUT_MS = 10_000;
const SAFE_ON_DRY_RUN: ReadonlySet<string> = new Set(['None', 'NoneOnDryRun']);

/**
 * Asks a webhook and takes down its warnings and annotations. Rejects with WebhookRejection when it denies, with WebhookCallFault when it
 * cannot be asked, and with StatusError for what no failure policy covers.
 */
export async function askWebhook(question: Question, step: AdmissionStep, { client, clock, rng }: WebhookCallServices): Promise<AdmissionResponse> {
  const { hook: { settings }, attributes, matched } = question;
  const { name, sideEffects, timeoutSeconds, admissionReviewVersions, clientConfig } = settings;
  if (attributes.dryRun && !SAFE_ON_DRY_RUN.has(sideEffects)) throw dryRunUnsupported(name);
  const version = reviewVersion(admissionReviewVersions);
  if (version === undefined) throw new WebhookCallFault(name, 'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)', { code: 400 });
  const uid = newUid(rng);
  const body = encodeReview(version, admissionRequest(attributes, matched, uid), question);
  const ownMs = timeoutSeconds === undefined ? TIMEOUT_MS : timeoutSeconds * 1000;
  const timeoutMs = Math.min(ownMs, (attributes.expiresAtMs ?? Infinity) - clock.monotonicNow());
  const answer = await observed(question, { step, clock }, (headers) => post(client, clientConfig, { name, body, timeoutMs, headers, signal: attributes.signal }));
  const response = verified(answer, { name, uid, version, mutating: step === 'admit' });
  for (const [key, value] of Object.entries(response.auditAnnotations)) attributes.annotate(`${name}/${key}`, value);
  for (const warning of response.warnings) attributes.warn(warning);
  if (!response.allowed) throw new WebhookRejection(denial(name, response.status));
  return response;
}

/** The request's course learns how long the webhook takes; the webhook whose request it works for. */
async function observed<T>({ hook: { configuration, settings: { name } }, attributes: { course, operation, resource, namespace } }: Question, { step, clock }: { step: AdmissionStep; clock: Clock }, call: (headers: CourseHeaders) => Promise<T>): Promise<T> {
  if (course === undefined) return call({});
  const startedMs = clock.monotonicNow();
  const span = course.span?.child(`Call ${step === 'admit' ? 'mutating' : 'validating'} webhook`, { kind: 'client', attributes: { configuration, webhook: name, resource, namespace, operation } });
  let error: string | undefined = 'failed';
  try {
    const answer = await call({ ...course.headers, ...(span && { traceparent: span.traceparent }) });
    error = undefined;
    return answer;
  } finally {
    course.called(clock.monotonicNow() - startedMs);
    span?.end({ error });
  }
}

async function post(client: HookClient, target: HookTarget, { name, ...call }: Parameters<HookClient['post']>[1] & { name: string }): Promise<ReturnType<typeof readReview>> {
  try { return readReview(await client.post(target, call)); } catch (error) {
    const code = error instanceof StatusError ? error.code : 503;
    throw new WebhookCallFault(name, `failed to call webhook: ${errorMessage(error)}`, { code, cancelled: error instanceof HookCallError && error.cancelled, cause: error });
  }
}

function verified(review: ReturnType<typeof readReview>, { name, ...expected }: Parameters<typeof verifyReview>[1] & { name: string }): AdmissionResponse {
  try { return verifyReview(review, expected); } catch (error) {
    throw new WebhookCallFault(name, `received invalid webhook response: ${errorMessage(error)}`, { code: 503, cause: error });
  }
}
