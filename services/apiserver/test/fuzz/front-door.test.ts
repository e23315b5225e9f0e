import fc from 'fast-check';
import { fuzzedBytes, fuzzedRequest } from './arbitrary-requests.ts';
import { startFuzzedServer, TOKEN, type FuzzedAnswer, type FuzzedServer } from './fuzzed-server.ts';

/** As many inputs as fit into every test run; `make fuzz` asks for more. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2000);
const RAW_RUNS = Math.ceil(RUNS / 20);
const HEAP_GROWTH_BYTES_MAX = 256 * 1024 * 1024;
const TIMEOUT_MS = 30_000 + RUNS * 20;

/** What is wrong with an answer; undefined when nothing is. */
function faultOf({ status, contentType, body }: FuzzedAnswer, isHead: boolean): string | undefined {
  if (status < 200 || status > 599) return `the status is ${status}`;
  if (body.includes('Internal error occurred: ') && !/error dialing|failed calling/.test(body)) return 'the server lost its way';
  if (status < 400 || isHead || body === '' || contentType.startsWith('text/plain')) return undefined;
  if (!contentType.startsWith('application/json')) return undefined; // YAML and protobuf carry the same Status
  const value = parse(body);
  const isStatus = value?.['kind'] === 'Status' && value['apiVersion'] === 'v1' && value['status'] === 'Failure' && value['code'] === status && typeof value['message'] === 'string';
  return isStatus ? undefined : 'the error is no Status';
}

function parse(body: string): Record<string, unknown> | undefined {
  try { return JSON.parse(body) as Record<string, unknown>; } catch { return undefined; } // then it is no Status
}

const isReady = async (server: FuzzedServer): Promise<boolean> => (await server.send({ method: 'GET', path: '/readyz', headers: {}, body: undefined })).status === 200;

describe('the API server', () => {
  let server: FuzzedServer;
  beforeAll(async () => {
    server = await startFuzzedServer();
    const namespace = Buffer.from('{"metadata":{"name":"fuzz"}}');
    await server.send({ method: 'POST', path: '/api/v1/namespaces', headers: { 'content-type': 'application/json', 'content-length': String(namespace.length) }, body: namespace });
    const account = Buffer.from('{"metadata":{"name":"default"}}');
    await server.send({ method: 'POST', path: '/api/v1/namespaces/fuzz/serviceaccounts', headers: { 'content-type': 'application/json', 'content-length': String(account.length) }, body: account });
  }, TIMEOUT_MS);
  afterAll(async () => { await server[Symbol.asyncDispose](); });
  afterEach(() => {
    expect(server.takeFaults()).toEqual([]);
    expect({ keys: Reflect.ownKeys(Object.prototype).length, array: Reflect.ownKeys(Array.prototype).length }).toEqual(untouched);
  });
  const untouched = { keys: Reflect.ownKeys(Object.prototype).length, array: Reflect.ownKeys(Array.prototype).length };

  it('answers every request with what it asks for or a Status', async () => {
    const heapBefore = process.memoryUsage().heapUsed;
    await fc.assert(fc.asyncProperty(fuzzedRequest, async (request) => {
      const answer = await server.send(request);
      const fault = faultOf(answer, request.method === 'HEAD') ?? server.takeFaults()[0];
      if (fault !== undefined) throw new Error(`${fault}: ${request.method} ${request.path} ${request.headers['content-type'] ?? ''} ${request.body?.toString().slice(0, 2000) ?? ''} → ${answer.status} ${answer.body.slice(0, 500)}`);
    }), { numRuns: RUNS });
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
  }, TIMEOUT_MS);

  it('outlives whatever comes over the wire', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fuzzedBytes(TOKEN), { minLength: 8, maxLength: 8 }), async (inputs) => {
      await Promise.all(inputs.map((bytes) => server.sendRaw(bytes)));
    }), { numRuns: Math.ceil(RAW_RUNS / 8) });
    expect(await isReady(server)).toBe(true);
  }, TIMEOUT_MS);
});
