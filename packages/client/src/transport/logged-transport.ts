import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { RawRequest, RawResponse, Transport } from '../client.ts';

/** --v from which on calls stand in the log that the server failed to answer, and from which on all of them do; as of client-go. */
const FAULTS_VERBOSITY = 2;
const CALLS_VERBOSITY = 6;
const SERVER_FAULT = 500;

export interface LoggedTransportOptions { logger: Logger; clock: Pick<Clock, 'monotonicNow'>; /** Now: it may change. */ verbosity: () => number }

/** The same transport, with a line a call where the verbosity asks for it. The audit id in it is that of the server's log, so that a call can be found there. */
export function loggedTransport(transport: Transport, { logger, clock, verbosity }: LoggedTransportOptions): Transport {
  const call = async (request: RawRequest, startedMs: number): Promise<RawResponse> => {
    const { method, path } = request;
    const line = (outcome: object): void => { logger.debug('API call', { method, path, ...outcome, ms: Math.round(clock.monotonicNow() - startedMs) }); };
    try {
      const response = await transport.call(request);
      if (response.status >= SERVER_FAULT || verbosity() >= CALLS_VERBOSITY) line({ status: response.status, ...(response.auditId !== undefined && { auditID: response.auditId }) });
      return response;
    } catch (error) {
      if (!isAbortError(error)) line({ error: errorMessage(error) });
      throw error;
    }
  };
  return { ...transport, call: (request) => (verbosity() < FAULTS_VERBOSITY ? transport.call(request) : call(request, clock.monotonicNow())) };
}
