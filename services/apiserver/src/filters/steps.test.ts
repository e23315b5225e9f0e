import { StatusError } from '@kubernode/apimachinery';
import type { ApiRequest, Handler, RequestContext } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { withSteps, type Step } from './steps.ts';

const request = {} as ApiRequest; // nothing looks at it
const context = {} as RequestContext; // likewise

function run(handler: Handler, answering?: string): Promise<{ result: unknown; seen: string[] }> {
  const seen: string[] = [];
  const step = (name: string): Step => ({
    before: () => { seen.push(`> ${name}`); return name === answering ? textAnswer(503, name) : undefined; },
    after: (answer) => { seen.push(`< ${name}`); return name === 'b' ? Promise.resolve(answer) : answer; },
  });
  const answerError = (error: unknown): ReturnType<typeof textAnswer> => { if (error instanceof StatusError) return textAnswer(error.code, error.message); throw error; };
  return withSteps({ steps: [step('a'), step('b'), step('c')], answerError })(handler)(request, context).then((result) => ({ result, seen }), (error: unknown) => ({ result: error, seen }));
}

test('the first step sees a request first and its answer last', async () => {
  const answer = textAnswer(200, 'ok');
  expect(await run(async () => answer)).toEqual({ result: answer, seen: ['> a', '> b', '> c', '< c', '< b', '< a'] });
});

test('a step that answers turns the request round before it', async () => {
  expect(await run(() => { throw new Error('never asked'); }, 'b')).toMatchObject({ result: { status: 503 }, seen: ['> a', '> b', '< a'] });
});

test.each<[string, Handler]>([
  ['thrown at once', () => { throw new StatusError({ code: 404, reason: 'NotFound', message: 'no' }); }],
  ['thrown later', () => Promise.reject(new StatusError({ code: 404, reason: 'NotFound', message: 'no' }))],
])('an error %s becomes an answer that passes every step', async (_when, handler) => {
  expect(await run(handler)).toMatchObject({ result: { status: 404 }, seen: ['> a', '> b', '> c', '< c', '< b', '< a'] });
});

test('what is no answer passes without one', async () => {
  const gone = new Error('gone');
  expect(await run(() => Promise.reject(gone))).toEqual({ result: gone, seen: ['> a', '> b', '> c'] });
});
