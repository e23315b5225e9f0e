import type { IncomingMessage } from 'node:http';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClock } from '@kubernode/testing';
import { type AccessDeps, DelegatedAccess } from './delegated-auth.ts';
import { parseTarget } from './request-target.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

interface Review { kind: string; spec: { token?: string; user?: string; resourceAttributes?: { verb: string; subresource: string } } }

/** `may` says what each user may, by `verb subresource`. */
function world({ anonymous = false, may = {} as Record<string, readonly string[]>, fails = false } = {}) {
  const clock = createFakeClock(NOW);
  const asked: string[] = [];
  const client = {
    create: (_resource: unknown, review: Review): Promise<unknown> => {
      const { token, user = '', resourceAttributes } = review.spec;
      asked.push(token === undefined ? `${user} ${resourceAttributes?.verb} ${resourceAttributes?.subresource}` : `token ${token}`);
      if (fails) return Promise.reject(new Error('no answer'));
      if (token !== undefined) return Promise.resolve({ ...review, status: token.startsWith('good-') ? { authenticated: true, user: { username: token.slice(5), groups: ['g'], extra: { k: ['v'] } } } : { authenticated: false } });
      return Promise.resolve({ ...review, status: { allowed: (may[user] ?? []).includes(`${resourceAttributes?.verb} ${resourceAttributes?.subresource}`) } });
    },
  };
  const access = new DelegatedAccess({ client: client as unknown as AccessDeps['client'], clock, logger: silentLogger, nodeName: 'n1', anonymous }); // what is used of a client
  const request = ({ token, certificate }: { token?: string; certificate?: object } = {}): IncomingMessage => ({
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` }, socket: { authorized: certificate !== undefined, getPeerCertificate: () => certificate ?? {} },
  }) as unknown as IncomingMessage; // the parts that are looked at
  const check = async (url: string, who: Parameters<typeof request>[0] = {}, method = 'GET'): Promise<string> => {
    try { await access.check(request(who), parseTarget({ method, url })); return 'ok'; } catch (error) { return `${(error as { code: number }).code} ${(error as Error).message}`; }
  };
  return { check, asked, clock };
}

const VALID = { subject: { CN: 'kube-apiserver', O: 'masters' }, valid_to: 'Jan  1 00:00:00 2027 GMT' };

describe('DelegatedAccess', () => {
  it('refuses who says nothing of itself, or what nobody believes', async () => {
    const { check } = world({ may: { 'system:anonymous': ['get metrics'] } });
    expect([await check('/metrics'), await check('/metrics', { token: 'bad' }), await check('/healthz')]).toEqual(['401 Unauthorized', '401 Unauthorized', '401 Unauthorized']);
  });

  it('asks for the rights of anonymous requests only where that is wanted', async () => {
    const { check } = world({ anonymous: true, may: { 'system:anonymous': ['get metrics'] } });
    expect([await check('/metrics'), await check('/metrics', { token: 'bad' })]).toEqual(['ok', '401 Unauthorized']);
  });

  it('takes the name from a certificate while it is valid', async () => {
    const { check, clock } = world({ may: { 'kube-apiserver': ['get proxy'] } });
    expect([await check('/containerLogs/a/b/c', { certificate: VALID }), await check('/x', { certificate: {} })]).toEqual(['ok', '401 Unauthorized']);
    await clock.advance(366 * 24 * 3_600_000);
    expect(await check('/containerLogs/a/b/c', { certificate: VALID })).toBe('401 Unauthorized');
  });

  it.each([
    ['/metrics', 'get metrics', 'get proxy'], ['/stats/summary', 'get stats', 'get proxy'], ['/logs/', 'get log', 'get proxy'],
  ])('%s needs %s and no more', async (url, right, wider) => {
    const { check } = world({ may: { narrow: [right], wide: [wider] } });
    expect(await check(url, { token: 'good-narrow' })).toBe('ok');
    expect(await check(url, { token: 'good-wide' })).toBe(`403 Forbidden (user=wide, verb=get, resource=nodes, subresource(s)=[${right.slice(4)}])\n`);
  });

  it.each(['/pods', '/runningpods/', '/healthz', '/configz'])('%s is open to the narrow right and to proxy', async (url) => {
    const { check } = world({ may: { narrow: ['get pods', 'get healthz', 'get configz'], wide: ['get proxy'] } });
    expect([await check(url, { token: 'good-narrow' }), await check(url, { token: 'good-wide' })]).toEqual(['ok', 'ok']);
    expect(await check(url, { token: 'good-none' })).toMatch(/^403 Forbidden \(user=none, verb=get, resource=nodes, subresource\(s\)=\[\w+ proxy\]\)\n$/);
  });

  it.each(['/exec/a/b/c', '/attach/a/b/c', '/portForward/a/b', '/run/a/b/c', '/containerLogs/a/b/c', '/localVolumes/x', '/debug/pprof/', '/'])('%s is for proxy alone', async (url) => {
    const { check } = world({ may: { reader: ['get metrics', 'get stats', 'get log', 'get pods', 'get healthz', 'get configz', 'create metrics', 'create pods'] } });
    for (const method of ['GET', 'POST']) expect(await check(url, { token: 'good-reader' }, method)).toMatch(/^403 /);
  });

  it('remembers decisions for a while, and asks once for many', async () => {
    const { check, asked, clock } = world({ may: { u: ['get metrics'] } });
    await Promise.all(Array.from({ length: 20 }, () => check('/metrics', { token: 'good-u' })));
    expect(asked).toEqual(['token good-u', 'u get metrics']);
    await clock.advance(121_000);
    await check('/metrics', { token: 'good-u' });
    expect(asked.slice(2)).toEqual(['token good-u']);
    await clock.advance(301_000);
    await check('/metrics', { token: 'good-u' });
    expect(asked.slice(3)).toEqual(['token good-u', 'u get metrics']);
  });

  it('does not remember that the API server gave no answer', async () => {
    const { check, asked } = world({ fails: true });
    expect([await check('/metrics', { token: 'good-u' }), await check('/metrics', { token: 'good-u' })]).toEqual(['401 Unauthorized', '401 Unauthorized']);
    expect(await check('/metrics', { certificate: VALID })).toBe('500 Authorization error (user=kube-apiserver, verb=get, resource=nodes, subresource=metrics)');
    expect(asked.filter((one) => one === 'token good-u').length).toBe(2);
  });

  it('keeps no more than a thousand tokens', async () => {
    const { check, asked } = world();
    for (let i = 0; i < 1001; i++) await check('/metrics', { token: `bad${i}` });
    await check('/metrics', { token: 'bad0' });
    await check('/metrics', { token: 'bad1000' });
    expect(asked.length).toBe(1002);
  });
});
