import { isAbortError } from '@kubernode/base';
import { StatusError } from '@kubernode/apimachinery';
import type { Logger } from '@kubernode/component-base';
import type { ApiRequest, BufferedAnswer, Filter } from '../pipeline/api-request.ts';

export interface ErrorsOptions {
  logger: Logger;
  /** Writes the error in the form that the client asks for. */
  render(error: unknown, request: ApiRequest): BufferedAnswer;
}

/** Makes an answer of everything thrown further in: nothing but an abort passes. */
export function withErrors({ logger, render }: ErrorsOptions): Filter {
  return (next) => async (request, context) => {
    try {
      return await next(request, context);
    } catch (error) {
      if (isAbortError(error) && request.signal.aborted) throw error;
      if (!(error instanceof StatusError)) logger.error('request failed by a fault of the server', { method: request.method, path: request.path, error: error instanceof Error ? error.stack : String(error) });
      return render(error, request);
    }
  };
}
