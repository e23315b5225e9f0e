import { answerDebug, type DebugOptions } from '@kubernode/profiling';
import type { PathHandler } from '../endpoints/endpoint.ts';
import { textAnswer } from '../pipeline/status-answer.ts';

/** /debug/pprof, unless --profiling=false, and /debug/flags. */
export function debugHandlers(options: DebugOptions): PathHandler {
  return {
    paths: ['/debug/flags', ...(options.profiling ? ['/debug/pprof'] : [])],
    prefixes: ['/debug/flags/', ...(options.profiling ? ['/debug/pprof/'] : [])],
    async handle({ method, path, query, body, signal }) {
      const answer = await answerDebug({ method, path, query, body, signal }, options);
      if (answer === undefined) return textAnswer(404, '404 page not found\n');
      const { status, headers: { 'content-type': contentType = '', ...headers }, body: answered } = answer;
      return { kind: 'buffered', status, contentType, body: answered, headers };
    },
  };
}
