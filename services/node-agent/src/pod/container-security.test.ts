import type { coreV1 } from '@kubernode/api';
import type { ImageInfo } from '../cri/cri-runtime.ts';
import { aPod } from '../runtime/test-states.ts';
import { containerSecurity } from './container-security.ts';

type Own = coreV1.SecurityContext;
type OfPod = coreV1.PodSecurityContext;
const root = { uid: 0, username: '' } as ImageInfo; // the rest is not looked at
const numbered = { uid: 1000, username: '' } as ImageInfo; // as above
const named = { username: 'www' } as ImageInfo; // as above

function securityOf({ own = {}, ofPod = {}, image = root, seccompDefault = false }: { own?: Own; ofPod?: OfPod; image?: ImageInfo; seccompDefault?: boolean }): ReturnType<typeof containerSecurity> {
  const container = { name: 'c', image: 'i', securityContext: own };
  return containerSecurity({ pod: aPod({ securityContext: ofPod, containers: [container] }), container, image, seccompDefault, seccompRoot: '/seccomp', userNamespace: { mode: 'NODE' }, groups: [] });
}

const where = '(pod: "p_ns(u)", container: c)';
test.each<[string, Parameters<typeof securityOf>[0], string | undefined]>([
  ['another user', { own: { runAsNonRoot: true, runAsUser: 5 } }, undefined],
  ['the image\'s number', { ofPod: { runAsNonRoot: true }, image: numbered }, undefined],
  ['user 0', { own: { runAsUser: 0 }, ofPod: { runAsNonRoot: true } }, `container's runAsUser breaks non-root policy ${where}`],
  ['an image of root', { ofPod: { runAsNonRoot: true } }, `container has runAsNonRoot and image will run as root ${where}`],
  ['an image with a name', { ofPod: { runAsNonRoot: true }, image: named }, `container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root ${where}`],
  ['the container\'s word wins', { own: { runAsNonRoot: false }, ofPod: { runAsNonRoot: true } }, undefined],
  ['a profile without a name', { own: { seccompProfile: { type: 'Localhost' } } }, 'localhostProfile must be set if seccompProfile type is Localhost.'],
])('containerSecurity: %s', (_what, input, want) => {
  let error: string | undefined;
  try { securityOf(input); } catch (failure) { error = (failure as Error).message; } // only errors are thrown
  expect(error).toBe(want);
});

test.each<[string, Parameters<typeof securityOf>[0], object]>([
  ['the image\'s user by name', { image: named }, { runAsUsername: 'www' }],
  ['the image\'s user by number', { image: numbered }, { runAsUser: { value: 1000 } }],
  ['the container\'s user and group over the pod\'s', { own: { runAsUser: 7 }, ofPod: { runAsUser: 8, runAsGroup: 9 } }, { runAsUser: { value: 7 }, runAsGroup: { value: 9 } }],
  ['nothing said of seccomp', {}, { seccomp: { profileType: 'Unconfined' } }],
  ['seccomp by the node\'s default', { seccompDefault: true }, { seccomp: { profileType: 'RuntimeDefault' } }],
  ['a profile of the node', { ofPod: { seccompProfile: { type: 'Localhost', localhostProfile: 'a/b.json' } } }, { seccomp: { profileType: 'Localhost', localhostRef: '/seccomp/a/b.json' } }],
  ['the container\'s profile over the pod\'s', { own: { seccompProfile: { type: 'Unconfined' } }, ofPod: { seccompProfile: { type: 'RuntimeDefault' } } }, { seccomp: { profileType: 'Unconfined' } }],
  ['an unmasked /proc', { own: { procMount: 'Unmasked' } }, { maskedPaths: [], readonlyPaths: [] }],
  ['no new privileges', { own: { allowPrivilegeEscalation: false } }, { noNewPrivs: true }],
  ['capabilities', { own: { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } } }, { capabilities: { addCapabilities: ['NET_ADMIN'], dropCapabilities: ['ALL'] } }],
  ['a root file system to read', { own: { readOnlyRootFilesystem: true } }, { readonlyRootfs: true }],
])('containerSecurity: %s', (_what, input, want) => {
  expect(securityOf(input)).toMatchObject(want);
});
