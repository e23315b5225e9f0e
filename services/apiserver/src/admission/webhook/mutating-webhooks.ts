import { applyJsonPatch, internalError, isJsonObject, type Json, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import type { AdmissionAttributes, AdmissionPlugin, AdmissionRounds } from '../admission.ts';
import { Reinvocation } from '../reinvocation.ts';
import { RequestObjects } from '../request-objects.ts';
import type { AdmissionResponse } from './admission-review.ts';
import { askWebhook, type Question } from './call-webhook.ts';
import { Hooks, type Hook } from './hook.ts';
import { isExempt, notReady } from './invocation.ts';
import { judgeOutcome } from './judge-outcome.ts';
import type { WebhookServices } from './webhook-services.ts';
import { requestTimedOut, WebhookCallFault } from './webhook-faults.ts';

const NAME = 'MutatingAdmissionWebhook';
const MUTATION = 'mutation.webhook.admission.k8s.io/';
/** Its annotations show content: they are for audit levels that show requests. */
const PATCH = 'patch.webhook.admission.k8s.io/';

/** Asks the webhooks of MutatingWebhookConfigurations one after the other, each about what the one before made of the object. */
export function mutatingWebhooks(services: WebhookServices): AdmissionPlugin {
  const hooks = new Hooks(services.sources({ group: 'admissionregistration.k8s.io', resource: 'mutatingwebhookconfigurations' }));
  return {
    name: NAME,
    admit(attributes, rounds) {
      if (hooks.ready && hooks.current.length === 0) return undefined;
      if (isExempt(attributes)) return undefined;
      if (!hooks.ready) throw notReady(attributes);
      return askAll(hooks.current, attributes, { rounds, services });
    },
  };
}

interface Round { rounds: AdmissionRounds; services: WebhookServices }

async function askAll(hooks: readonly Hook[], attributes: AdmissionAttributes, { rounds, services }: Round): Promise<void> {
  const reinvocation = Reinvocation.of(rounds, NAME);
  if (rounds.isReinvocation) reinvocation.resume(attributes.object);
  const objects = new RequestObjects(attributes, services.versions);
  try {
    for (const [index, hook] of hooks.entries()) {
      const question = await services.question(hook, objects, 'admit');
      if (question === undefined || (rounds.isReinvocation && !reinvocation.wants(hook.id))) continue;
      const changed = await askOne(question, { objects, place: `round_${rounds.isReinvocation ? 1 : 0}_index_${index}`, services });
      if (changed) {
        reinvocation.objectChanged();
        rounds.askForAnother();
      }
      if (hook.settings.reinvocationPolicy === 'IfNeeded') reinvocation.remember(hook.id);
    }
    await objects.settle();
  } finally { reinvocation.suspend(attributes.object); }
}

interface Asking { objects: RequestObjects; place: string; services: WebhookServices }

/** Whether the webhook changed the object. */
async function askOne(question: Question, { objects, place, services }: Asking): Promise<boolean> {
  const { hook: { configuration, settings: { name: webhook } }, attributes } = question;
  let mutated = false;
  const changed = await judgeOutcome(question, async () => {
    try {
      const response = await askWebhook(question, 'admit', services.calls);
      const patch = patchOf(response, webhook);
      if (patch === undefined) return false;
      mutated = applyPatch(patch, question, objects);
      attributes.annotate(`${PATCH}${place}`, JSON.stringify({ configuration, webhook, patch, patchType: 'JSONPatch' }));
      return mutated;
    } finally { attributes.annotate(`${MUTATION}${place}`, JSON.stringify({ configuration, webhook, mutated })); }
  }, services.calls, { step: 'admit', onFailedOpen: () => { attributes.annotate(`failed-open.${MUTATION}${place}`, webhook); } });
  if (changed === undefined && isOver(attributes, services)) throw requestTimedOut();
  return changed ?? false;
}

function isOver({ signal, expiresAtMs = Infinity }: AdmissionAttributes, { calls: { clock } }: WebhookServices): boolean {
  return signal?.aborted === true || clock.monotonicNow() >= expiresAtMs;
}

/** The operations that the webhook wants; undefined for none. */
function patchOf({ patch, patchType }: AdmissionResponse, webhook: string): readonly Json[] | undefined {
  if (patch.length === 0) return undefined;
  const decoded = decodePatch(patch, webhook);
  if (decoded.length === 0) return undefined;
  if (patchType !== 'JSONPatch') throw new WebhookCallFault(webhook, `unsupported patch type ${JSON.stringify(patchType)}`, { code: 400 });
  return decoded;
}

function decodePatch(patch: Buffer, webhook: string): readonly Json[] {
  try {
    const decoded: unknown = JSON.parse(patch.toString('utf8'));
    if (decoded === null) return [];
    if (Array.isArray(decoded) && decoded.every((one) => isJsonObject(one))) return decoded as Json[]; // parsed from JSON
    throw new Error(`json: cannot unmarshal ${isJsonObject(decoded) ? 'object' : Array.isArray(decoded) ? 'value' : typeof decoded} into Go value of type jsonpatch.Patch`);
  } catch (error) {
    throw new WebhookCallFault(webhook, `received undecodable patch in webhook response: ${errorMessage(error)}`, { code: 503, cause: error });
  }
}

/** Whether the object is another then. */
function applyPatch(patch: readonly Json[], { hook, matched, object }: Question, objects: RequestObjects): boolean {
  if (object === undefined) throw internalError(new Error(`admission webhook ${JSON.stringify(hook.settings.name)} attempted to modify the object, which is not supported for this operation`));
  return objects.change(patchedDocument(object, patch), matched);
}

function patchedDocument(object: Readonly<KubeObject>, patch: readonly Json[]): Json {
  try { return applyJsonPatch(object as unknown as Json, patch as Json); } catch (error) { throw internalError(error); } // objects of the API are JSON
}
