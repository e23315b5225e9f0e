import type { coreV1 } from '@kubernode/api';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import type { ImageInfo, RegistryAuth } from '../cri/cri-runtime.ts';
import type { StartError } from '../runtime/start-error.ts';
import { type ImageRequest, ImagePuller, type ImagePullerDeps } from './image-puller.ts';

let clock: FakeClock;
let events: string[];
let pulls: (string | undefined)[];
let present: boolean;
let refuse: (auth: RegistryAuth | undefined) => string | undefined;
beforeEach(() => { clock = createFakeClock(); events = []; pulls = []; present = false; refuse = () => undefined; });

const INFO: ImageInfo = { id: 'sha256:1', tags: [], digests: [], sizeBytes: 7, uid: undefined, username: '', pinned: false };

function puller(extra: Partial<ImagePullerDeps> = {}): ImagePuller {
  const record = (_pod: unknown, reason: string, message: string): void => { events.push(`${reason}: ${message}`); };
  return new ImagePuller({
    clock, events: { normal: record, warning: record },
    runtime: {
      image: () => Promise.resolve(present ? INFO : undefined),
      pullImage: (_image, { auth }) => {
        pulls.push(auth?.username);
        const fault = refuse(auth);
        if (fault !== undefined) return Promise.reject(new Error(fault));
        present = true;
        return Promise.resolve('sha256:1');
      },
    },
    ...extra,
  });
}

const request = (imagePullPolicy: string, { image = 'r.io/app:1', secrets = [] }: { image?: string; secrets?: coreV1.Secret[] } = {}): ImageRequest => ({
  pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', uid: 'u' } }, container: { name: 'c', image, imagePullPolicy }, secrets, signal: new AbortController().signal,
});
const failure = (pending: Promise<unknown>): Promise<StartError> => pending.then(() => { throw new Error('it should fail'); }, (error: unknown) => error as StartError);
const pullSecret = (name: string, username: string): coreV1.Secret => ({
  apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'ns', uid: name }, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: { 'r.io': { username, password: 'p' } } })).toString('base64') },
});

test.each([
  ['IfNotPresent', true, 0, ['Pulled: Container image "r.io/app:1" already present on machine and can be accessed by the pod']],
  ['IfNotPresent', false, 1, ['Pulling: Pulling image "r.io/app:1"', 'Pulled: Successfully pulled image "r.io/app:1" in 0s (0s including waiting). Image size: 7 bytes.']],
  ['Always', true, 1, ['Pulling: Pulling image "r.io/app:1"', 'Pulled: Successfully pulled image "r.io/app:1" in 0s (0s including waiting). Image size: 7 bytes.']],
  ['Never', true, 0, ['Pulled: Container image "r.io/app:1" already present on machine and can be accessed by the pod']],
])('ImagePuller: %s with the image there: %s', async (policy, there, count, want) => {
  present = there;
  expect(await puller().ensure(request(policy))).toEqual({ ref: 'sha256:1', info: INFO });
  expect([pulls.length, events]).toEqual([count, want]);
});

test.each([
  ['Never', 'r.io/app:1', 'ErrImageNeverPull', 'Container image "r.io/app:1" is not present with pull policy of Never'],
  ['Always', 'Not An Image', 'InvalidImageName', 'Failed to apply default image tag "Not An Image": couldn\'t parse image name "Not An Image": invalid reference format: repository name (library/Not An Image) must be lowercase'],
])('ImagePuller: %s of %s fails as %s', async (policy, image, reason, message) => {
  const { reason: found, message: said } = await failure(puller().ensure(request(policy, { image })));
  expect([found, said]).toEqual([reason, message]);
});

test('ImagePuller: a failed pull backs off, then tries again', async () => {
  refuse = () => 'no such image';
  const one = puller();
  const first = await failure(one.ensure(request('Always')));
  const second = await failure(one.ensure(request('Always')));
  expect([[first.reason, first.message, first.retryAtMs], [second.reason, second.message]]).toEqual([['ErrImagePull', 'no such image', clock.now() + 10_000], ['ImagePullBackOff', 'Back-off pulling image "r.io/app:1": ErrImagePull: no such image']]);
  expect(events).toEqual(['Pulling: Pulling image "r.io/app:1"', 'Failed: Failed to pull image "r.io/app:1": no such image', 'BackOff: Back-off pulling image "r.io/app:1"']);
  await clock.advance(10_000);
  expect((await failure(one.ensure(request('Always')))).reason).toBe('ErrImagePull');
  expect(pulls).toHaveLength(2);
});

test.each([
  ['RegistryUnavailable: pull of r.io/app:1', 'RegistryUnavailable', 'image pull failed for r.io/app:1 because the registry is unavailable: pull of r.io/app:1'],
  ['SignatureValidationFailed', 'SignatureValidationFailed', 'image pull failed for r.io/app:1 because the signature validation failed'],
])('ImagePuller: the runtime says %s', async (text, reason, message) => {
  refuse = () => text;
  const error = await failure(puller().ensure(request('Always')));
  expect([error.reason, error.message]).toEqual([reason, message]);
});

test('ImagePuller: tries each of the credentials, then tells all failures', async () => {
  const secrets = [pullSecret('a', 'wrong'), pullSecret('b', 'right')];
  refuse = (auth) => (auth?.username === 'right' ? undefined : `not for ${auth?.username ?? ''}`);
  await puller().ensure(request('Always', { secrets }));
  refuse = (auth) => `not for ${auth?.username ?? ''}`;
  const { message } = await failure(puller().ensure(request('Always', { secrets })));
  expect([pulls, message]).toEqual([['wrong', 'right', 'wrong', 'right'], '[not for wrong, not for right]']);
});

test('ImagePuller: a private image that is here serves only pods with its credentials, and Never does not tell', async () => {
  present = true;
  const asked: unknown[] = [];
  const records: NonNullable<ImagePullerDeps['records']> = { mustPull: (image, ref, secrets) => { asked.push([image, ref, secrets.map(({ name }) => name)]); return Promise.resolve(true); }, begin: () => Promise.resolve(), end: () => Promise.resolve(), pulled: (...all) => { asked.push(['pulled', ...all.slice(0, 2)]); return Promise.resolve(); } };
  await puller({ records }).ensure(request('IfNotPresent', { secrets: [pullSecret('a', 'x')] }));
  const { reason } = await failure(puller({ records }).ensure(request('Never')));
  expect([asked, pulls, reason]).toEqual([[['r.io/app:1', 'sha256:1', ['a']], ['pulled', 'r.io/app:1', 'sha256:1'], ['r.io/app:1', 'sha256:1', []]], ['x'], 'ErrImageNeverPull']);
});

test('ImagePuller: more pulls than the rate allows fail', async () => {
  const error = await failure(puller({ rate: { take: () => false } }).ensure(request('Always')));
  expect([error.reason, error.message]).toEqual(['ErrImagePull', 'pull QPS exceeded']);
});
