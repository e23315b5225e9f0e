import type { HeapProfiler, Profiler, Session } from 'node:inspector';
import type { Clock } from '@kubernode/base';

/** As often as Go looks at a process. */
export const CPU_PERIOD_NS = 10_000_000;
/** Go's default, too: one sample for so many bytes allocated. */
export const HEAP_PERIOD_BYTES = 524_288;
/** Deeper stacks lose their outer part. */
const HEAP_STACK_DEPTH = 128;
const NS_PER_US = 1_000;

/** What V8 records of this process. Of the process, whatever runs in it: one at a time, and the sampling of allocations goes on once it was asked for. */
let isRecording = false;
let allocations: Promise<Session> | undefined;

/** Somebody else records already. */
export class AlreadyRecording extends Error {
  override readonly name = 'AlreadyRecording';
  constructor() { super('cpu profiling already in use'); }
}

/** Records where the processor's time goes. Rejects with AlreadyRecording, or when the signal is aborted. */
export async function recordCpu(durationMs: number, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<Profiler.Profile> {
  if (isRecording) throw new AlreadyRecording();
  isRecording = true;
  let session: Session | undefined;
  try {
    session = await openSession();
    await post(session, 'Profiler.enable');
    await post(session, 'Profiler.setSamplingInterval', { interval: CPU_PERIOD_NS / NS_PER_US });
    await post(session, 'Profiler.start');
    await clock.sleep(durationMs, { signal });
    const { profile } = await post<Profiler.StopReturnType>(session, 'Profiler.stop');
    return profile;
  } finally {
    session?.disconnect();
    isRecording = false;
  }
}

/** What was allocated since this was first asked for, and is alive. V8 cannot tell of what was there before. */
export async function recordHeap({ collectGarbage }: { collectGarbage: boolean }): Promise<HeapProfiler.SamplingHeapProfile> {
  const session = await sampledAllocations();
  if (collectGarbage) await post(session, 'HeapProfiler.collectGarbage');
  const { profile } = await post<HeapProfiler.GetSamplingProfileReturnType>(session, 'HeapProfiler.getSamplingProfile');
  return profile;
}

/** Of V8, for all who ask: sampling is begun by the first, and again after a failure. */
function sampledAllocations(): Promise<Session> {
  allocations ??= sampleAllocations().catch((error: unknown) => { allocations = undefined; throw error; });
  return allocations;
}

async function sampleAllocations(): Promise<Session> {
  const session = await openSession();
  await post(session, 'HeapProfiler.enable');
  await post(session, 'HeapProfiler.startSampling', { samplingInterval: HEAP_PERIOD_BYTES, stackDepth: HEAP_STACK_DEPTH });
  return session;
}

/** The inspector is loaded by processes that are profiled; it opens no port. */
async function openSession(): Promise<Session> {
  const { Session: InspectorSession } = await import('node:inspector');
  const session = new InspectorSession();
  session.connect();
  return session;
}

function post<R = object>(session: Session, method: string, parameters: object = {}): Promise<R> {
  return new Promise((resolve, reject) => {
    session.post(method, parameters, (error: Error | null, result?: object) => { if (error === null) resolve(result as R); else reject(error); }); // what the method answers with, by the protocol
  });
}
