import { isAbortError } from '@kubernode/base';
import { StatusError } from '@kubernode/apimachinery';
import type { Logger } from '@kubernode/component-base';
import type { ApiRequest, BufferedAnswer } from '../pipeline/api-request.ts';
import type { StepsOptions } from './steps.ts';

export interface ErrorsOptions {
  logger: Logger;
  /** Writes the error in the form that the client asks for. */
  render(error: unknown, request: ApiRequest): BufferedAnswer;
}

/** Makes an answer of everything thrown: nothing but an abort passes. */
export function errors({ logger, render }: ErrorsOptions): StepsOptions['answerError'] {
  return (error, request) => {
    if (isAbortError(error) && request.signal.aborted) throw error;
    if (!(error instanceof StatusError)) logger.error('request failed by a fault of the server', { method: request.method, path: request.path, error: error instanceof Error ? error.stack : String(error) });
    return render(error, request);
  };
}
