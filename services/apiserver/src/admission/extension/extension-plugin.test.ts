import { silentLogger } from '@kubernode/component-base';
import { createFakeClock } from '@kubernode/testing';
import { ONE_ROUND, type AdmissionAttributes } from '../admission.ts';
import type { AdmissionExtension } from './admission-extension.ts';
import { extensionPlugin } from './extension-plugin.ts';
import type { ExtensionCall } from './extension-metrics.ts';

const pod = (): AdmissionAttributes['object'] => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x', labels: { a: '1' } }, spec: { priority: 1 } });
const attributes = (): AdmissionAttributes => ({ operation: 'CREATE', group: '', version: 'v1', resource: 'pods', subresource: '', kind: { group: '', version: 'v1', kind: 'Pod' }, namespace: 'n', name: 'x', user: { name: 'u', uid: '', groups: [], extra: {} }, object: pod(), oldObject: pod(), dryRun: false, options: {}, warn: () => undefined, annotate: () => undefined });

function harness(extension: Omit<AdmissionExtension, 'name'>, clock = createFakeClock()): { admit(one: AdmissionAttributes): Promise<unknown>; validate(one: AdmissionAttributes): Promise<unknown>; outcomes(): string[] } {
  const calls: ExtensionCall[] = [];
  const plugin = extensionPlugin({ name: 'mine', ...extension }, { clock, logger: silentLogger, metrics: { called: (call) => { calls.push(call); } }, timeoutMs: 1000 });
  const errorOf = async (work: void | Promise<void> | undefined): Promise<unknown> => { try { await work; return undefined; } catch (error) { return error; } };
  return { admit: (one) => errorOf(plugin.admit?.(one, ONE_ROUND)), validate: (one) => errorOf(plugin.validate?.(one)), outcomes: () => calls.map(({ phase, outcome }) => `${phase} ${outcome}`) };
}

test('admit changes the object in place, and only it', async () => {
  const seen: boolean[] = [];
  const { admit, outcomes } = harness({ admit: ({ object, oldObject, user }) => {
    seen.push(Object.isFrozen(oldObject?.metadata.labels), Object.isFrozen(user.groups));
    if (object === undefined) return;
    object.metadata.labels = { b: '2' };
    delete object['spec'];
  } });
  const write = attributes();
  const { object } = write;
  expect([await admit(write), write.object === object, object, seen, outcomes()]).toEqual([undefined, true, { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x', labels: { b: '2' } } }, [true, true], ['admit allowed']]);
});

test('validate cannot change anything', async () => {
  const { validate, outcomes } = harness({ validate: ({ object }) => { if (object !== undefined) object.metadata.labels = {}; } });
  const write = attributes();
  expect(await validate(write)).toMatchObject({ code: 500, reason: 'InternalError', message: expect.stringMatching(/^Internal error occurred: admission extension "mine" failed: Cannot assign to read only property/) });
  expect([write.object, outcomes()]).toEqual([pod(), ['validate failed']]);
});

test.each<[string, AdmissionExtension['validate'], object, string]>([
  ['refusal', ({ refuse }) => { throw refuse('no owner'); }, { code: 403, reason: 'Forbidden', message: 'pods "x" is forbidden: no owner' }, 'validate refused'],
  ['refusal with a code of its own', ({ refuse }) => { throw refuse('later', 429); }, { code: 429, message: 'later' }, 'validate refused'],
  ['exception', () => { throw new TypeError('oops'); }, { code: 500, message: 'Internal error occurred: admission extension "mine" failed: oops' }, 'validate failed'],
  ['rejection', async () => { throw new Error('oops'); }, { code: 500, message: 'Internal error occurred: admission extension "mine" failed: oops' }, 'validate failed'],
])('%s: becomes a Status', async (_name, validate, status, outcome) => {
  const { validate: run, outcomes } = harness({ ...(validate && { validate }) });
  expect([await run(attributes()), outcomes()]).toMatchObject([status, [outcome]]);
});

test('a call that takes too long ends with 500, and hears that it is over', async () => {
  const clock = createFakeClock();
  let signal: AbortSignal | undefined;
  const { validate, outcomes } = harness({ validate: (write) => { signal = write.signal; return new Promise(() => undefined); } }, clock);
  const answer = validate(attributes());
  await clock.advance(1000);
  expect([await answer, outcomes(), signal?.aborted]).toMatchObject([{ code: 500, message: 'Internal error occurred: admission extension "mine" did not answer within 1 s' }, ['validate timeout'], true]);
});

test('an object cannot become another one', async () => {
  const write = attributes();
  expect(await harness({ admit: ({ object }) => { if (object !== undefined) object.metadata.name = 'y'; } }).admit(write)).toMatchObject({ code: 500, message: 'Internal error occurred: admission extension "mine" changed the identity of an object' });
  expect(write.object).toEqual(pod());
});
