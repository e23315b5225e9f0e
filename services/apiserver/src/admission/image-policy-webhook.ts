import { decodeYaml, formatDuration, isForbidden, isJsonObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { followKubeconfig } from '@kubernode/client';
import { ExpiringCache } from '../authn/expiring-cache.ts';
import { reviewWebhook, WEBHOOK_TIMEOUT_MS, type ReviewWebhook } from '../authn/webhook/review-webhook.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { refusal } from './refusal.ts';
import type { Pod } from './written-pod.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const ANSWERS_MAX = 1024;
const AUDIT_PREFIX = 'imagepolicywebhook.image-policy.k8s.io/';
const FAILED_OPEN = 'alpha.image-policy.k8s.io/failed-open';

export interface ImagePolicyConfiguration { kubeConfigFile: string; allowTtlMs: number; denyTtlMs: number; retryBackoffMs: number; defaultAllow: boolean }
interface ReviewStatus { allowed?: boolean; reason?: string; auditAnnotations?: Readonly<Record<string, string>> }

/** Asks a server of somebody else's, by ImageReviews, whether a pod's images may run. */
export function imagePolicyWebhook({ configurationOf, files, clock, rng }: AdmissionDependencies): AdmissionPlugin {
  const configuration = readImagePolicyConfiguration(configurationOf('ImagePolicyWebhook'));
  const webhook = reviewWebhook({ transport: followKubeconfig(configuration.kubeConfigFile, files), timeoutMs: WEBHOOK_TIMEOUT_MS, firstDelayMs: configuration.retryBackoffMs, clock, rng });
  return imagePolicyPlugin(configuration, { webhook, clock });
}

export function imagePolicyPlugin({ allowTtlMs, denyTtlMs, defaultAllow }: ImagePolicyConfiguration, { webhook, clock }: { webhook: ReviewWebhook } & Pick<AdmissionDependencies, 'clock'>): AdmissionPlugin {
  const answers = new ExpiringCache<ReviewStatus>({ clock, entriesMax: ANSWERS_MAX });
  return {
    name: 'ImagePolicyWebhook',
    async validate(attributes) {
      const spec = reviewSpec(attributes);
      if (spec === undefined) return;
      const key = JSON.stringify(spec);
      let status = answers.get(key);
      if (status === undefined) {
        try {
          status = await webhook.review({ apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec }) as ReviewStatus; // what such servers answer
        } catch (error) {
          if (!defaultAllow) throw isForbidden(error) ? error : refusal(attributes, errorMessage(error));
          failOpen(attributes);
          return;
        }
        answers.set(key, status, status.allowed === true ? allowTtlMs : denyTtlMs);
      }
      for (const [name, value] of Object.entries(status.auditAnnotations ?? {})) attributes.annotate(`${AUDIT_PREFIX}${name}`, value);
      if (status.allowed !== true) throw refusal(attributes, status.reason ? `image policy webhook backend denied one or more images: ${status.reason}` : 'one or more images rejected by webhook backend');
    },
  };
}

/** Undefined for what brings no images. */
function reviewSpec({ operation, group, resource, subresource, object, namespace }: AdmissionAttributes): object | undefined {
  if (group !== '' || resource !== 'pods' || (subresource !== '' && subresource !== 'ephemeralcontainers') || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  const { spec, metadata } = object as Pod; // by the check
  const containers = subresource === '' ? [...spec?.containers ?? [], ...spec?.initContainers ?? []] : spec?.ephemeralContainers ?? [];
  const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => key.includes('.image-policy.k8s.io/')));
  return { containers: containers.map(({ image }) => ({ image })), ...(Object.keys(annotations).length > 0 && { annotations }), namespace };
}

/** As in Kubernetes, the pod itself tells of it, too. */
function failOpen({ object, annotate }: AdmissionAttributes): void {
  annotate(`${AUDIT_PREFIX}failed-open`, 'true');
  if (object !== undefined) object.metadata.annotations = { ...object.metadata.annotations, [FAILED_OPEN]: 'true' };
}

/** `imagePolicy: {kubeConfigFile, allowTTL, denyTTL, retryBackoff, defaultAllow}`; a kind of no version. Throws an Error in Kubernetes' words. */
export function readImagePolicyConfiguration(text: string | undefined): ImagePolicyConfiguration {
  if (text === undefined) throw new Error('no config specified');
  const document = decodeYaml(text).value;
  const given = isJsonObject(document) && isJsonObject(document['imagePolicy']) ? document['imagePolicy'] : {};
  return {
    kubeConfigFile: String(given['kubeConfigFile'] ?? ''), defaultAllow: given['defaultAllow'] === true,
    retryBackoffMs: durationMs(given['retryBackoff'], { unitMs: 1, min: 0, max: 5 * MINUTE_MS, fallback: 500, shown: '1ns and 5m0s' }),
    allowTtlMs: durationMs(given['allowTTL'], { unitMs: SECOND_MS, min: SECOND_MS, max: 30 * MINUTE_MS, fallback: 5 * MINUTE_MS, shown: '1s and 30m0s' }),
    denyTtlMs: durationMs(given['denyTTL'], { unitMs: SECOND_MS, min: SECOND_MS, max: 30 * MINUTE_MS, fallback: 30 * SECOND_MS, shown: '1s and 30m0s' }),
  };
}

/** 0 means the default, -1 none at all. */
function durationMs(given: unknown, { unitMs, min, max, fallback, shown }: { unitMs: number; min: number; max: number; fallback: number; shown: string }): number {
  const value = typeof given === 'number' ? given : 0;
  if (value === -1) return 0;
  if (value === 0) return fallback;
  const ms = value * unitMs;
  if (ms < min || ms > max) throw new Error(`valid value is between ${shown}, got ${formatDuration(ms)}`);
  return ms;
}
