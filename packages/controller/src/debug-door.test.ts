import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createDebugDoor, type DebugDoorOptions } from './debug-door.ts';

interface Review { kind: string; spec: { token?: string; user?: string; nonResourceAttributes?: { path: string; verb: string } } }

/** Knows the token `good`, whose user may use what `may` names as `verb path`; everybody else nothing. */
function fakeClient(may: readonly string[], { fails = false } = {}): DebugDoorOptions['client'] {
  const create = (_resource: unknown, review: Review): Promise<unknown> => {
    if (fails) return Promise.reject(new Error('no answer'));
    const { token, user, nonResourceAttributes: asked } = review.spec;
    if (review.kind === 'TokenReview') return Promise.resolve({ ...review, status: token === 'good' ? { authenticated: true, user: { username: 'jane', groups: ['dev'] } } : { authenticated: false } });
    return Promise.resolve({ ...review, status: { allowed: user === 'jane' && may.includes(`${asked?.verb} ${asked?.path}`) } });
  };
  return { create } as unknown as DebugDoorOptions['client']; // what is used of it
}

async function ask(path: string, { token, method = 'GET', body, ...options }: Partial<DebugDoorOptions> & { token?: string; method?: string; body?: string } = {}): Promise<{ status: number; text: string }> {
  const door = createDebugDoor({ client: fakeClient(['get /debug/pprof/', 'put /debug/flags/v']), clock: systemClock, logger: { ...silentLogger }, profiling: true, ...options });
  const server = createServer((request, response) => { void door(request, response).then((isAnswered) => { if (!isAnswered) response.writeHead(404).end('not here'); }); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method, ...(body !== undefined && { body }), headers: { connection: 'close', ...(token !== undefined && { authorization: `Bearer ${token}` }) } }); // it listens
    return { status: answer.status, text: await answer.text() };
  } finally { server.close(); }
}

describe('createDebugDoor', () => {
  it('refuses who has no token, a wrong one, or no right', async () => {
    expect(await ask('/debug/pprof/')).toMatchObject({ status: 403, text: expect.stringContaining('forbidden: User \\"system:anonymous\\" cannot get path \\"/debug/pprof/\\"') });
    expect(await ask('/debug/pprof/', { token: 'bad' })).toMatchObject({ status: 401, text: expect.stringContaining('"reason":"Unauthorized"') });
    expect((await ask('/debug/pprof/heap', { token: 'good' })).status).toBe(403);
    expect((await ask('/debug/flags/v', { token: 'good' })).status).toBe(403);
  });

  it('refuses everybody while the API server does not answer', async () => {
    expect((await ask('/debug/pprof/', { token: 'good', client: fakeClient([], { fails: true }) })).status).toBe(500);
  });

  it('lets in whom the API server lets', async () => {
    expect(await ask('/debug/pprof/', { token: 'good' })).toMatchObject({ status: 200, text: expect.stringContaining('heap') });
  });

  it('changes the verbosity', async () => {
    const logger = { ...silentLogger };
    expect(await ask('/debug/flags/v', { token: 'good', method: 'PUT', body: '4', logger })).toEqual({ status: 200, text: 'successfully set klog.logging.verbosity to 4\n' });
    expect(logger.verbosity).toBe(4);
    expect((await ask('/debug/flags/v', { token: 'good', method: 'PUT', body: 'x'.repeat(2000), logger })).status).toBe(413);
  });

  it('has no profiles with --profiling=false, and knows nothing of other paths', async () => {
    expect((await ask('/debug/pprof/', { token: 'good', profiling: false })).status).toBe(404);
    expect(await ask('/debug', { token: 'good' })).toEqual({ status: 404, text: 'not here' });
  });
});
