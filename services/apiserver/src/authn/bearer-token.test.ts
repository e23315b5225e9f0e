import type { UserInfo } from '../pipeline/api-request.ts';
import { bearerToken, BearerTokenAuthenticator } from './bearer-token.ts';
import { TOKEN_CACHE_ENTRIES_MAX, TOKEN_CACHE_TTL_MS, TokenCache } from './token-cache.ts';
import type { TokenVerdict } from './token-authenticator.ts';

const user: UserInfo = { name: 'alice', uid: 'u', groups: ['developers'], extra: {} };

function setUp(judge: (token: string) => TokenVerdict): { authenticator: BearerTokenAuthenticator; calls: string[]; pass(ms: number): void } {
  let now = 0;
  const calls: string[] = [];
  const tokens = { authenticate: (token: string) => { calls.push(token); return Promise.resolve(judge(token)); } };
  return { authenticator: new BearerTokenAuthenticator({ tokens, apiAudiences: ['api'], clock: { monotonicNow: () => now } }), calls, pass: (ms) => { now += ms; } };
}

const withToken = (token: string): { headers: Record<string, string> } => ({ headers: { authorization: `Bearer ${token}` } });

it.each<[string | undefined, string | undefined]>([
  ['Bearer t', 't'], ['bearer t', 't'], ['BEARER  t', undefined], ['Bearer t and more', 't'], ['Bearer ', undefined], ['Basic eDp5', undefined], ['', undefined], [undefined, undefined], ['  Bearer t  ', 't'],
])('bearerToken of %j is %j', (header, token) => {
  expect(bearerToken(header)).toBe(token);
});

describe('BearerTokenAuthenticator', () => {
  const accept = (): TokenVerdict => ({ kind: 'user', user, audiences: ['api'] });

  it('adds system:authenticated and answers the same user from its cache until the time is over', async () => {
    const { authenticator, calls, pass } = setUp(accept);
    const first = await authenticator.authenticate(withToken('t'));
    expect(first).toEqual({ ...user, groups: ['developers', 'system:authenticated'] });
    expect(authenticator.known(withToken('t'))).toBe(first);
    expect(await authenticator.authenticate(withToken('t'))).toBe(first);
    pass(TOKEN_CACHE_TTL_MS + 1);
    expect(authenticator.known(withToken('t'))).toBe('ask');
    await authenticator.authenticate(withToken('t'));
    expect(calls).toEqual(['t', 't']);
  });

  it('checks a token once for requests that come together, and never remembers a refusal', async () => {
    const { authenticator, calls } = setUp((token) => (token === 'good' ? accept() : { kind: 'refused', reason: 'no' }));
    await Promise.all([authenticator.authenticate(withToken('good')), authenticator.authenticate(withToken('good'))]);
    await expect(authenticator.authenticate(withToken('bad'))).rejects.toMatchObject({ code: 401, message: 'Unauthorized' });
    await expect(authenticator.authenticate(withToken('bad'))).rejects.toMatchObject({ code: 401 });
    expect(calls).toEqual(['good', 'bad', 'bad']);
  });

  it('has no opinion of requests without a token', async () => {
    const { authenticator, calls } = setUp(accept);
    expect(await authenticator.authenticate({ headers: {} })).toBeUndefined();
    expect(calls).toEqual([]);
  });
});

it('TokenCache holds a bounded number of tokens, the newest', () => {
  const cache = new TokenCache({ monotonicNow: () => 0 });
  for (let i = 0; i <= TOKEN_CACHE_ENTRIES_MAX; i++) cache.set(`t${i}`, { kind: 'user', user, audiences: [] });
  expect([cache.size, cache.get('t0'), cache.get(`t${TOKEN_CACHE_ENTRIES_MAX}`)?.user]).toEqual([TOKEN_CACHE_ENTRIES_MAX, undefined, user]);
});
