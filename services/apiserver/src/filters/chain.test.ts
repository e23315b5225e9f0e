import { answerBody } from '../pipeline/answer-body.ts';
import type { ApiRequest, Handler } from '../pipeline/api-request.ts';
import { createChain } from './chain.ts';

const request = (path: string): ApiRequest => ({ method: 'GET', path, query: new URLSearchParams(), headers: {} }) as ApiRequest; // what the chain looks at
const say = (text: string): Handler => async () => ({ kind: 'buffered', status: 200, contentType: 'text/plain', body: Buffer.from(text) });

describe('createChain', () => {
  it('passes a request through the filters in their order', async () => {
    const seen: string[] = [];
    const filter = (name: string) => (next: Handler): Handler => (one, context) => { seen.push(`${name} ${context.info.resource}`); return next(one, context); };
    await createChain([filter('first'), filter('second')], say('done'))(request('/api/v1/pods'));
    expect(seen).toEqual(['first pods', 'second pods']);
  });

  it('refuses a path without meaning before any filter sees it', async () => {
    const answer = await createChain([() => say('filtered')], say('done'))(request('/api/v1/watch'));
    expect(answer).toMatchObject({ kind: 'buffered', status: 500, contentType: 'text/plain; charset=utf-8' });
    expect(answer.kind === 'buffered' && answerBody(answer).toString()).toBe('Internal Server Error: "/api/v1/watch": failed to create RequestInfo: unable to determine kind and namespace from url, /api/v1/watch\n');
  });
});
