import { gunzipSync } from 'node:zlib';
import { systemClock } from '@kubernode/base';
import { answerDebug, type DebugAnswer, type DebugOptions } from './debug-pages.ts';

const ended = new AbortController();

async function get(path: string, { method = 'GET', body = '', signal = ended.signal, ...options }: Partial<DebugOptions> & { method?: string; body?: string; signal?: AbortSignal } = {}): Promise<DebugAnswer | undefined> {
  const { pathname, searchParams } = new URL(path, 'http://localhost');
  return answerDebug({ method, path: pathname, query: searchParams, body: Buffer.from(body), signal }, { clock: systemClock, profiling: true, ...options });
}

const shown = (answer: DebugAnswer | undefined): string => `${answer?.status} ${answer?.headers['content-type']} ${answer?.body.toString('utf8')}`;

describe('/debug/pprof', () => {
  it('leads to its index, which names the profiles', async () => {
    expect(await get('/debug/pprof')).toMatchObject({ status: 302, headers: { location: '/debug/pprof/' } });
    const index = shown(await get('/debug/pprof/'));
    for (const name of ['profile', 'heap', 'goroutine', 'allocs', 'block', 'mutex', 'threadcreate']) expect(index).toContain(`>${name}</a>`);
  });

  it.each([
    ['/debug/pprof/nothing', '404 text/plain; charset=utf-8 Unknown profile\n'],
    ['/debug/pprof/constructor', '404 text/plain; charset=utf-8 Unknown profile\n'],
    ['/debug/pprof/cmdline', '404 text/plain; charset=utf-8 Unknown profile\n'],
    ['/debug/pprof/trace', '404 text/plain; charset=utf-8 Unknown profile\n'],
    ['/debug/pprof/symbol', '200 text/plain; charset=utf-8 num_symbols: 0\n'],
    ['/debug/pprof/profile?seconds=601', '400 text/plain; charset=utf-8 profile duration exceeds the limit of 600 seconds\n'],
    ['/debug/pprof/heap?seconds=3', '400 text/plain; charset=utf-8 "seconds" parameter is not supported for this profile type\n'],
  ])('%s: %s', async (path, answer) => { expect(shown(await get(path))).toBe(answer); });

  it('is not there without --profiling', async () => {
    expect([await get('/debug/pprof', { profiling: false }), await get('/debug/pprof/', { profiling: false }), await get('/debug/pprof/heap', { profiling: false })]).toEqual([undefined, undefined, undefined]);
  });

  it('shows a command line where that is wanted', async () => {
    expect(shown(await get('/debug/pprof/cmdline', { commandLine: ['node', '--v=2'] }))).toBe('200 text/plain; charset=utf-8 node\0--v=2');
  });

  it('records the processor, once at a time, and not for a client that has left', async () => {
    const leaving = new AbortController();
    const first = get('/debug/pprof/profile?seconds=60', { signal: leaving.signal });
    expect(shown(await get('/debug/pprof/profile?seconds=1'))).toBe('500 text/plain; charset=utf-8 Could not enable CPU profiling: cpu profiling already in use\n');
    leaving.abort();
    expect((await first)?.status).toBe(500);
    const answer = await get('/debug/pprof/profile?seconds=1');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename="profile"' } });
    expect(gunzipSync(answer?.body ?? Buffer.alloc(0)).includes('nanoseconds')).toBe(true);
  });

  it('samples what is allocated from the first question on', async () => {
    await get('/debug/pprof/heap');
    const kept = Array.from({ length: 200_000 }, (_, i) => ({ i, text: `kept ${i}` }));
    const answer = await get('/debug/pprof/heap?gc=1');
    const text = shown(await get('/debug/pprof/heap?debug=1'));
    expect(gunzipSync(answer?.body ?? Buffer.alloc(0)).includes('inuse_space')).toBe(true);
    expect(text).toMatch(/^200 text\/plain; charset=utf-8 heap profile: total [1-9]/);
    expect(text).toContain('debug-pages.test');
    expect(kept).toHaveLength(200_000);
  });

  it.each(['goroutine', 'block', 'mutex', 'threadcreate', 'allocs'])('%s is a profile', async (name) => {
    const answer = await get(`/debug/pprof/${name}`);
    expect(gunzipSync(answer?.body ?? Buffer.alloc(0)).length).toBeGreaterThan(0);
  });
});

describe('/debug/flags', () => {
  it('changes the verbosity by PUT alone', async () => {
    const set: number[] = [];
    const setVerbosity = (verbosity: number): void => { set.push(verbosity); };
    expect(shown(await get('/debug/flags/v', { setVerbosity }))).toBe('406 text/plain unsupported http method\n');
    expect(shown(await get('/debug/flags/v', { setVerbosity, method: 'PUT', body: 'x' }))).toBe('400 text/plain failed set klog.logging.verbosity x: strconv.ParseInt: parsing "x": invalid syntax\n');
    expect(shown(await get('/debug/flags/v', { setVerbosity, method: 'PUT', body: '5' }))).toBe('200 text/plain successfully set klog.logging.verbosity to 5\n');
    expect(set).toEqual([5]);
    expect((await get('/debug/flags', { setVerbosity }))?.status).toBe(200);
    expect(await get('/debug/flags/v')).toBeUndefined();
  });
});
