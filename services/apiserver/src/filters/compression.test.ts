import { gunzipSync } from 'node:zlib';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer, ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import { compression } from './compression.ts';
import { withSteps } from './steps.ts';

const context = {} as RequestContext; // not looked at
const long = { kind: 'buffered', status: 200, contentType: 'application/json', body: [Buffer.alloc(100_000, 'a'), Buffer.alloc(100_000, 'b')], headers: { Vary: 'Accept' } } satisfies Answer;

function ask(answer: Answer, request: Partial<ApiRequest>): Promise<Answer> {
  return withSteps({ steps: [compression()], answerError: (error) => { throw error; } })(async () => answer)({ transport: 'https', headers: {}, ...request } as ApiRequest, context); // what the filter looks at
}

describe('compression', () => {
  it('compresses long answers for those who take gzip', async () => {
    const answer = await ask(long, { headers: { 'accept-encoding': 'deflate, gzip' } });
    expect(answer).toMatchObject({ status: 200, headers: { 'Content-Encoding': 'gzip', Vary: 'Accept, Accept-Encoding' } });
    expect(answer.kind === 'buffered' && gunzipSync(answerBody(answer)).equals(Buffer.concat(long.body))).toBe(true);
  });

  it.each<[string, Answer, Partial<ApiRequest>]>([
    ['nobody asks', long, {}],
    ['gzip is weighed', long, { headers: { 'accept-encoding': 'gzip;q=0' } }],
    ['gRPC', long, { transport: 'grpc', headers: { 'accept-encoding': 'gzip' } }],
    ['short answers', { ...long, body: Buffer.alloc(128 * 1024) }, { headers: { 'accept-encoding': 'gzip' } }],
    ['plain text', { ...long, contentType: 'text/plain; version=0.0.4' }, { headers: { 'accept-encoding': 'gzip' } }],
    ['what is compressed', { ...long, headers: { 'Content-Encoding': 'gzip' } }, { headers: { 'accept-encoding': 'gzip' } }],
  ])('leaves %s alone', async (_name, answer, request) => {
    expect(await ask(answer, request)).toBe(answer);
  });
});
