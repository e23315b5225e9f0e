import type { coreV1 } from '@kubernode/api';
import { type Clock, errorMessage, Semaphore } from '@kubernode/base';
import type { CriRuntime, ImageInfo } from '../cri/cri-runtime.ts';
import type { PodEvents } from '../events/pod-events.ts';
import { type Container, type Pod, podUid } from '../pod/pod-facts.ts';
import { RestartBackoff } from '../runtime/restart-backoff.ts';
import { StartError } from '../runtime/start-error.ts';
import { credentialsFor } from './pull-secrets.ts';

/** Pulls side by side: more would only share the same disk and line. */
const PULLS_MAX = 3;

export interface ImageRequest { pod: Pod; container: Container; secrets: readonly Readonly<coreV1.Secret>[]; signal: AbortSignal }
export interface ReadyImage { ref: string; info: ImageInfo }
export interface ImagePullerDeps { runtime: Pick<CriRuntime, 'image' | 'pullImage'>; events: PodEvents; clock: Clock }

/** Has the images of containers present on the node, by their pull policy; failed pulls back off by pod and image. */
export class ImagePuller {
  readonly #deps: ImagePullerDeps;
  readonly #backoff = new RestartBackoff();
  readonly #failures = new Map<string, { atMs: number; message: string }>();
  readonly #permits = new Semaphore(PULLS_MAX);

  constructor(deps: ImagePullerDeps) { this.#deps = deps; }

  /** Rejects with StartError where the image cannot be had now. */
  async ensure(request: ImageRequest): Promise<ReadyImage> {
    const { pod, container: { name, image = '', imagePullPolicy } } = request;
    const { events, runtime } = this.#deps;
    const present = await this.#inspect(image);
    const policy = imagePullPolicy ?? (isLatest(image) ? 'Always' : 'IfNotPresent');
    if (present !== undefined && policy !== 'Always') {
      events.normal(pod, 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`, name);
      return { ref: present.id, info: present };
    }
    if (policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      events.warning(pod, 'ErrImageNeverPull', message, name);
      throw new StartError('ErrImageNeverPull', message);
    }
    this.#checkBackoff(request, image);
    const ref = await this.#permits.run(() => this.#pull(request, image), { signal: request.signal });
    const info = await runtime.image(ref) ?? await runtime.image(image);
    if (info === undefined) throw new StartError('ErrImagePull', `image "${image}" vanished after it was pulled`);
    return { ref, info };
  }

  forgetPod(uid: string): void {
    for (const key of [...this.#failures.keys()].filter((one) => one.startsWith(`${uid}_`))) {
      this.#failures.delete(key);
      this.#backoff.forget(key);
    }
  }

  async #inspect(image: string): Promise<ImageInfo | undefined> {
    try {
      return await this.#deps.runtime.image(image);
    } catch (error) {
      throw new StartError('ImageInspectError', `Failed to inspect image "${image}": ${errorMessage(error)}`, { cause: error });
    }
  }

  #checkBackoff({ pod, container }: ImageRequest, image: string): void {
    const key = `${podUid(pod)}_${image}`;
    const failure = this.#failures.get(key);
    if (failure === undefined) return;
    const pending = this.#backoff.pending(key, { eventMs: failure.atMs, nowMs: this.#deps.clock.now() });
    if (pending === undefined) return;
    const message = `Back-off pulling image "${image}": ${failure.message}`;
    this.#deps.events.normal(pod, 'BackOff', `Back-off pulling image "${image}"`, container.name);
    throw new StartError('ImagePullBackOff', message, { retryAtMs: pending.untilMs });
  }

  async #pull({ pod, container, secrets, signal }: ImageRequest, image: string): Promise<string> {
    const { events, runtime, clock } = this.#deps;
    const key = `${podUid(pod)}_${image}`;
    const startMs = clock.monotonicNow();
    events.normal(pod, 'Pulling', `Pulling image "${image}"`, container.name);
    try {
      const auth = credentialsFor(image, secrets);
      const ref = await runtime.pullImage(image, { signal, ...(auth && { auth }) });
      const seconds = `${((clock.monotonicNow() - startMs) / 1000).toFixed(3)}s`;
      const size = (await runtime.image(ref))?.sizeBytes ?? 0;
      events.normal(pod, 'Pulled', `Successfully pulled image "${image}" in ${seconds} (${seconds} including waiting). Image size: ${size} bytes.`, container.name);
      this.#failures.delete(key);
      return ref;
    } catch (error) {
      if (signal.aborted) throw error;
      const message = errorMessage(error);
      const nowMs = clock.now();
      this.#backoff.advance(key, { eventMs: nowMs, nowMs });
      this.#failures.set(key, { atMs: nowMs, message: `ErrImagePull: ${message}` });
      events.warning(pod, 'Failed', `Failed to pull image "${image}": ${message}`, container.name);
      const retryAtMs = this.#backoff.pending(key, { eventMs: nowMs, nowMs })?.untilMs;
      throw new StartError('ErrImagePull', message, { cause: error, ...(retryAtMs !== undefined && { retryAtMs }) });
    }
  }
}

function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest';
}
