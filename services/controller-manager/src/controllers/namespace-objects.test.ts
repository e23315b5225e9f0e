import { alreadyExists, forbidden, StatusError } from '@kubernode/apimachinery';
import { coreV1Resources } from '@kubernode/api';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { fixedRootCa } from './root-ca.ts';
import { rootCaPublisher } from './root-ca-publisher.ts';
import { serviceAccountController } from './service-account-controller.ts';

const { namespaces, serviceaccounts, configmaps } = coreV1Resources;
const NOTE = expect.stringMatching(/^Contains a CA bundle that can be used to verify the kube-apiserver/) as string;

async function settle({ clock }: ControllerWorld): Promise<void> { for (let i = 0; i < 40; i++) await clock.advance(50); }

function start(faults = false): ControllerWorld { return startControllers([serviceAccountController, rootCaPublisher(fixedRootCa('CA'))], { faults, seed: 2 }); }

const namespace = (phase = 'Active'): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' }, status: { phase } });
const present = ({ client }: ControllerWorld): unknown => [client.stored(serviceaccounts, 'ns/default') !== undefined, client.stored(configmaps, 'ns/kube-root-ca.crt')?.data];

test.each([false, true])('a namespace gets its account and certificate, and gets them again (late watches: %s)', async (faults) => {
  const world = start(faults);
  world.client.put(namespace());
  await settle(world);
  expect(present(world)).toEqual([true, { 'ca.crt': 'CA' }]);
  expect(world.client.stored(configmaps, 'ns/kube-root-ca.crt')?.metadata.annotations).toEqual({ 'kubernetes.io/description': NOTE });
  await world.client.delete(serviceaccounts, { namespace: 'ns', name: 'default' });
  await world.client.delete(configmaps, { namespace: 'ns', name: 'kube-root-ca.crt' });
  await settle(world);
  expect(present(world)).toEqual([true, { 'ca.crt': 'CA' }]);
  await world.stop();
});

test.each<[string, object]>([
  ['other data', { data: { 'ca.crt': 'old' } }],
  ['more data', { data: { 'ca.crt': 'CA', more: 'x' } }],
  ['no description', { data: { 'ca.crt': 'CA' }, metadata: { name: 'kube-root-ca.crt', namespace: 'ns', annotations: { mine: 'kept' } } }],
])('a certificate with %s is put right', async (_title, change) => {
  const world = start();
  world.client.put(namespace());
  world.client.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', namespace: 'ns' }, ...change });
  await settle(world);
  expect(world.client.stored(configmaps, 'ns/kube-root-ca.crt')).toMatchObject({ data: { 'ca.crt': 'CA' }, metadata: { annotations: { 'kubernetes.io/description': NOTE } } });
  await world.stop();
});

test('a namespace that ends gets nothing', async () => {
  const world = start();
  world.client.put(namespace('Terminating'));
  await settle(world);
  expect(world.client.writes).toEqual([]);
  await world.stop();
});

test.each<[string, StatusError, boolean]>([
  ['that is there already', alreadyExists(serviceaccounts, 'default'), false],
  ['in a namespace that ends', new StatusError({ code: 403, reason: 'Forbidden', message: 'it ends', details: { causes: [{ reason: 'NamespaceTerminating', message: 'it ends' }] } }), false],
  ['that a quota refuses', forbidden(serviceaccounts, 'default', 'exceeded quota'), true],
])('an account %s: whether it is tried again', async (_title, refusal, want) => {
  const world = start();
  let tries = 0;
  world.client.onWrite = ({ resource }) => { if (resource === 'serviceaccounts' && tries++ < 3) throw refusal; };
  world.client.put(namespace());
  await settle(world);
  expect([tries > 1, world.client.all(namespaces).length]).toEqual([want, 1]);
  await world.stop();
});

test('when the authority changes, every namespace is told', async () => {
  const rootCa = { pem: 'CA', changed: (): void => undefined, onChange(listener: () => void) { rootCa.changed = listener; return { [Symbol.dispose]: () => undefined }; } };
  const world = startControllers([rootCaPublisher(rootCa)], { seed: 2 });
  world.client.put(namespace());
  await settle(world);
  rootCa.pem = 'CA and the next';
  rootCa.changed();
  await settle(world);
  expect(world.client.stored(configmaps, 'ns/kube-root-ca.crt')?.data).toEqual({ 'ca.crt': 'CA and the next' });
  await world.stop();
});
