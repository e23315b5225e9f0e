import { seededRng, systemClock } from '@kubernode/base';
import { createRegistry } from '@kubernode/component-base';
import { type CriCallOptions, type CriChannel, CriError } from '@kubernode/rpc';
import { Tracer, type FinishedSpan } from '@kubernode/tracing';
import { createNodeMetrics } from '../metrics.ts';
import { createGrpcCriRuntime } from './grpc-cri-runtime.ts';

test('calls of a traced runtime are spans, whose context goes to the runtime; others are none', async () => {
  const finished: FinishedSpan[] = [];
  const sent: (CriCallOptions | undefined)[] = [];
  const channel = {
    call: (method: string, _request: unknown, options?: CriCallOptions) => {
      sent.push(options);
      return method === 'PullImage' ? Promise.reject(new CriError('NOT_FOUND', 'no such image')) : Promise.resolve({ podSandboxId: 's1' });
    },
  } as unknown as CriChannel; // what is used of it
  const tracer = new Tracer({ clock: systemClock, rng: seededRng(1), sink: { add: (span) => { finished.push(span); return true; } }, samplingRatePerMillion: 1_000_000 });
  const runtime = createGrpcCriRuntime({ channel, clock: systemClock, metrics: createNodeMetrics(createRegistry()) });
  await runtime.runSandbox({});
  expect(finished).toEqual([]);
  expect(sent[0]).not.toHaveProperty('traceparent');

  const span = tracer.begin('syncPod');
  const traced = span && runtime.traced?.(span);
  await traced?.runSandbox({});
  await traced?.pullImage('x', {}).catch(() => undefined);
  expect(finished.map(({ name, kind, parentSpanId, error }) => ({ name, kind, parentSpanId, error }))).toEqual([
    { name: 'runtime.v1.RuntimeService/RunPodSandbox', kind: 'client', parentSpanId: span?.context.spanId, error: undefined },
    { name: 'runtime.v1.ImageService/PullImage', kind: 'client', parentSpanId: span?.context.spanId, error: 'no such image' },
  ]);
  expect(sent[1]).toMatchObject({ traceparent: `00-${span?.context.traceId}-${finished[0]?.context.spanId}-01` });
});
