import { assert, type Clock, errorMessage, linkSignals } from '@kubernode/base';
import { copyJson, forbidden, internalError, type KubeObject, StatusError } from '@kubernode/apimachinery';
import type { Logger } from '@kubernode/component-base';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { AdmissionExtension, ExtensionAttributes } from './admission-extension.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { ExtensionMetrics } from './extension-metrics.ts';

export interface ExtensionServices { clock: Clock; logger: Logger; metrics: ExtensionMetrics; /** Of one call. */ timeoutMs: number }

type Phase = 'admit' | 'validate';

/** An extension as the chain sees it: bounded in time, on copies, and whatever it throws is an answer. */
export function extensionPlugin(extension: AdmissionExtension, services: ExtensionServices): AdmissionPlugin {
  const { name } = extension;
  return {
    name,
    ...(extension.admit && { admit: async (attributes: AdmissionAttributes) => {
      const object = attributes.object === undefined ? undefined : copyJson(attributes.object);
      await call(extension, 'admit', { attributes, object }, services);
      if (object !== undefined && attributes.object !== undefined) takeOver(attributes.object, changedObject(object, attributes.object, name));
    } }),
    ...(extension.validate && { validate: (attributes: AdmissionAttributes) => call(extension, 'validate', { attributes, object: frozenCopy(attributes.object) }, services) }),
  };
}

async function call(extension: AdmissionExtension, phase: Phase, { attributes, object }: { attributes: AdmissionAttributes; object: KubeObject | undefined }, { clock, logger, metrics, timeoutMs }: ExtensionServices): Promise<void> {
  using ended = linkSignals(attributes.signal);
  const begunAt = clock.monotonicNow();
  const observe = (outcome: 'allowed' | 'refused' | 'failed' | 'timeout'): void => { metrics.called({ name: extension.name, phase, operation: attributes.operation, outcome, seconds: (clock.monotonicNow() - begunAt) / 1000 }); };
  try {
    const working = (async () => extension[phase]?.(viewOf(attributes, object, ended.signal)))();
    await within(working, { clock, ms: timeoutMs });
    observe('allowed');
  } catch (error) {
    if (error instanceof StatusError) { observe('refused'); throw error; }
    const isTimeout = error instanceof TimeoutError;
    observe(isTimeout ? 'timeout' : 'failed');
    logger.warn('an admission extension failed', { extension: extension.name, phase, error: errorMessage(error) });
    throw internalError(new Error(`admission extension ${JSON.stringify(extension.name)} ${isTimeout ? `did not answer within ${timeoutMs / 1000} s` : `failed: ${errorMessage(error)}`}`));
  } finally {
    ended.abort();
  }
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** What comes after that, an error too, nobody hears. */
async function within(working: Promise<unknown>, { clock, ms }: { clock: Clock; ms: number }): Promise<void> {
  let timer: Disposable | undefined;
  const late = new Promise<never>((_resolve, reject) => { timer = clock.after(ms, () => { reject(new TimeoutError()); }); });
  try {
    await Promise.race([working, late]);
  } finally {
    timer?.[Symbol.dispose]();
  }
}

function viewOf(attributes: AdmissionAttributes, object: KubeObject | undefined, signal: AbortSignal): ExtensionAttributes {
  const { operation, user, group, version, resource, subresource, kind, namespace, name, oldObject, dryRun, options, warn, annotate } = attributes;
  return Object.freeze<ExtensionAttributes>({
    operation, group, version, resource, subresource, namespace, name, dryRun, object, signal, user: frozenCopy(user), kind: frozenCopy(kind), options: frozenCopy(options), oldObject: frozenCopy(oldObject),
    warn: (text) => { warn(text); }, annotate: (key, value) => { annotate(key, value); },
    refuse: (why, code = 403) => (code === 403 ? forbidden({ group, resource }, name || object?.metadata?.generateName || '', why) : new StatusError({ code, message: why })),
  });
}

function frozenCopy<T>(value: T): T {
  return deepFreeze(copyJson(value));
}

/** What an extension made of an object: JSON, and still the same object. Throws 500 otherwise. */
function changedObject(changed: KubeObject, before: Readonly<KubeObject>, extension: string): KubeObject {
  const json = JSON.parse(JSON.stringify(changed)) as KubeObject; // the identity is checked below, the rest by validation
  const fields = [json.kind, json.apiVersion, json.metadata?.name, json.metadata?.namespace, json.metadata?.uid];
  const isSame = [before.kind, before.apiVersion, before.metadata?.name, before.metadata?.namespace, before.metadata?.uid].every((value, index) => value === fields[index]);
  if (!isSame) throw internalError(new Error(`admission extension ${JSON.stringify(extension)} changed the identity of an object`));
  return json;
}

function takeOver(target: KubeObject, source: KubeObject): void {
  assert(target !== source, 'an extension works on a copy');
  for (const key of Object.keys(target)) if (!Object.hasOwn(source, key)) delete target[key];
  Object.assign(target, source);
}
