import type { Answer, ApiRequest, Filter, RequestContext } from '../pipeline/api-request.ts';

/** A station of the chain that waits for nothing on the way in, and for nothing but its own work on the way out. */
export interface Step {
  /** On the way in. An answer ends the way there: further steps do not see the request, and this one not its own answer. */
  before?(request: ApiRequest, context: RequestContext): Answer | undefined;
  /** On the way out: the answer as it goes on. Not called when the request is aborted. */
  after?(answer: Answer, request: ApiRequest, context: RequestContext): Answer | Promise<Answer>;
}

export interface StepsOptions {
  /** The first sees a request first and its answer last. */
  steps: readonly Step[];
  /** Makes an answer of what is thrown further in, which then goes the way of all answers; throws what is none. */
  answerError(error: unknown, request: ApiRequest): Answer;
}

/** Several steps as one filter: a filter for each would cost every request a promise and a closure a station. */
export function withSteps({ steps, answerError }: StepsOptions): Filter {
  return (next) => async (request, context) => {
    let passed = 0;
    let answer: Answer | undefined;
    for (; passed < steps.length; passed++) {
      answer = steps[passed]?.before?.(request, context);
      if (answer !== undefined) break;
    }
    if (answer === undefined) {
      try { answer = await next(request, context); } catch (error) { answer = answerError(error, request); }
    }
    while (passed > 0) {
      const changed: Answer | Promise<Answer> = steps[--passed]?.after?.(answer, request, context) ?? answer;
      answer = changed instanceof Promise ? await changed : changed;
    }
    return answer;
  };
}
