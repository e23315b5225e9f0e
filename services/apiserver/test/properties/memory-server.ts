import { type KubeObject, randomSuffix, StatusError } from '@kubernode/apimachinery';
import { seededRng, systemClock, TaskGroup } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createMemoryStorage } from '@kubernode/testing';
import { createAdmissionChain } from '../../src/admission/admission-chain.ts';
import type { EndpointServices } from '../../src/endpoints/endpoint-services.ts';
import { createRouter } from '../../src/endpoints/router.ts';
import { requestInfoOf } from '../../src/filters/request-info.ts';
import type { Answer, ApiRequest } from '../../src/pipeline/api-request.ts';
import { encodeProtobuf } from '../../src/registry/protobuf.ts';
import { ResourceRegistry } from '../../src/registry/resource-registry.ts';

export interface MemoryAnswer { status: number; body: Buffer; json<T = KubeObject>(): T }

/** The API server's endpoints over an etcd in memory, without admission: how objects are decoded, defaulted, judged, stored and shown. */
export interface MemoryServer extends AsyncDisposable {
  send(method: string, target: string, options?: { body?: unknown; contentType?: string; accept?: string }): Promise<MemoryAnswer>;
}

export async function startMemoryServer(): Promise<MemoryServer> {
  const [clock, rng] = [systemClock, seededRng(1)];
  const tasks = new TaskGroup();
  const storage = createMemoryStorage();
  const registry = new ResourceRegistry(() => storage.backend);
  tasks.spawn((signal) => registry.run(signal));
  while (registry.loading.length > 0) await clock.sleep(1);
  const services = {
    clock, logger: silentLogger, write: { clock, rng, admission: createAdmissionChain([]), reservations: new Map() }, randomSuffix: (length: number) => randomSuffix(length, rng),
    printTable: () => ({}), encodeProtobuf, authorizeCreate: () => undefined, reasonAgainstCreate: () => undefined, watchMetrics: {}, minRequestTimeoutMs: 1,
  } as unknown as EndpointServices; // what reads and writes of single objects need of them
  const router = createRouter({ resolve: registry.resolve, lookUpCustom: async () => false, services, paths: [], endpoints: [] });
  const user = { name: 'admin', uid: '', groups: ['system:masters'], extra: {} };
  return {
    async send(method, target, { body, contentType = 'application/json', accept = 'application/json' } = {}) {
      const { pathname: path, searchParams: query } = new URL(target, 'http://localhost');
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
      const request: ApiRequest = { method, path, query, headers: { 'content-type': contentType, accept, 'user-agent': 'properties/1' }, body: bytes, peer: { address: '127.0.0.1' }, receivedAt: clock.now(), transport: 'https', signal: new AbortController().signal };
      const answer = await router(request, { info: requestInfoOf(method, path, query), user, warnings: [], auditAnnotations: {} }).catch(errorAnswer);
      if (answer.kind !== 'buffered') throw new Error(`${method} ${target}: a stream`);
      const buffer = Buffer.isBuffer(answer.body) ? answer.body : Buffer.concat(answer.body);
      return { status: answer.status, body: buffer, json: <T>() => JSON.parse(buffer.toString('utf8')) as T }; // the caller knows what it asked for
    },
    async [Symbol.asyncDispose]() {
      tasks.stop();
      await tasks.done();
      await storage[Symbol.asyncDispose]();
    },
  };
}

function errorAnswer(error: unknown): Answer {
  if (!(error instanceof StatusError)) throw error;
  return { kind: 'buffered', status: error.code, contentType: 'application/json', body: Buffer.from(JSON.stringify(error.toStatus())) };
}
