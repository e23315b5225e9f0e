import { errorMessage, isAbortError } from '@kubernode/base';
import { decodeJson, internalErrorWithoutReason, type JsonObject } from '@kubernode/apimachinery';
import type { HookClient } from '../../webhook-client/hook-client.ts';
import type { Definition } from '../definition.ts';
import { ChangedIdentity, checkedConversion, conversionReview, convertedObjects, InvalidMetadata } from './conversion-review.ts';
import type { Converter } from './converter.ts';

/** As long as Kubernetes waits. */
const TIMEOUT_MS = 30_000;

export interface WebhookConverterInit { client: Pick<HookClient, 'post'>; newId: () => string }

/** Has a webhook of the definition's author convert objects. */
export function webhookConverter({ spec }: Readonly<Definition>, { client, newId }: WebhookConverterInit): Converter {
  const { clientConfig = {}, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
  const target = isBlank(clientConfig.caBundle) ? { ...clientConfig, caBundle: '' } : clientConfig;
  const ask = async (objects: readonly JsonObject[], apiVersion: string): Promise<JsonObject[]> => {
    const [first] = objects;
    const subject = `conversion webhook for ${String(first?.['apiVersion'])}, Kind=${String(first?.['kind'])}`;
    const uid = newId();
    let answered;
    try {
      const { version, body } = conversionReview(conversionReviewVersions, { uid, objects, apiVersion });
      const answer = await client.post(target, { body: Buffer.from(JSON.stringify(body)), timeoutMs: TIMEOUT_MS });
      answered = convertedObjects(decodeJson(answer).value, { version, uid });
    } catch (error) {
      if (isAbortError(error)) throw error;
      throw internalErrorWithoutReason(`${subject} failed: ${errorMessage(error)}`);
    }
    if (answered.length !== objects.length) throw internalErrorWithoutReason(`${subject} returned ${answered.length} objects, expected ${objects.length}`);
    return objects.map((object, index) => checked(object, { subject, answer: answered[index], apiVersion, index }));
  };
  return {
    convert: (objects, apiVersion) => (objects.length === 0 ? Promise.resolve([]) : ask(objects, apiVersion)),
  };
}

/** Nothing but space vouches for nobody: the host's own authorities do. */
function isBlank(caBundle: string | undefined): boolean {
  return caBundle !== undefined && Buffer.from(caBundle, 'base64').toString().trim() === '';
}

function checked(object: JsonObject, { subject, answer, apiVersion, index }: { subject: string; answer: Parameters<typeof checkedConversion>[1]; apiVersion: string; index: number }): JsonObject {
  try { return checkedConversion(object, answer, apiVersion); } catch (error) {
    const place = error instanceof InvalidMetadata ? 'metadata' : error instanceof ChangedIdentity ? 'object' : `object at index ${index}`;
    throw internalErrorWithoutReason(`${subject} returned invalid ${place}: ${errorMessage(error)}`);
  }
}
