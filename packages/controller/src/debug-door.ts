import type { RequestListener, ServerResponse } from 'node:http';
import { StatusError } from '@kubernode/apimachinery';
import { errorMessage, type Clock } from '@kubernode/base';
import { ANONYMOUS, bearerToken, DelegatedReviews, type Client, type ReviewedUser } from '@kubernode/client';
import type { RootLogger } from '@kubernode/component-base';
import { debugTarget, isDebugPath, serveDebug } from '@kubernode/profiling';

export interface DebugDoorOptions {
  /** Asks the API server who somebody is, and what they may. */
  client: Pick<Client, 'create'>;
  clock: Clock;
  logger: RootLogger;
  profiling: boolean;
}

/** What a component's door passes on: whether it was answered. */
export type DebugDoor = (...request: Parameters<RequestListener>) => Promise<boolean>;

/**
 * /debug/pprof and /debug/flags of a component, for those who may use these paths by the API server's word: metrics and health are open to
 * whoever reaches the port, what stands in a process's memory is not. The user is who a bearer token names.
 */
export function createDebugDoor({ client, clock, logger, profiling }: DebugDoorOptions): DebugDoor {
  const reviews = new DelegatedReviews({ client, clock });
  const options = { clock, profiling, setVerbosity: (verbosity: number) => { logger.verbosity = verbosity; } };
  return async ({ method = 'GET', url, headers }, response) => {
    const target = debugTarget(url);
    const { path } = target;
    if (!isDebugPath(path)) return false;
    try {
      await authorize(await authenticate(bearerToken(headers.authorization), reviews), { path, verb: method.toLowerCase() }, reviews);
      return await serveDebug(target, response, options);
    } catch (error) {
      if (response.headersSent || response.destroyed) { response.destroy(); return true; }
      if (!(error instanceof StatusError)) logger.warn('a request for debugging failed', { path, error: errorMessage(error) });
      refuse(response, error instanceof StatusError ? error : new StatusError({ code: 500, reason: 'InternalError', message: 'Internal Server Error' }));
      return true;
    }
  };
}

async function authenticate(token: string | undefined, reviews: DelegatedReviews): Promise<ReviewedUser> {
  const user = token === undefined ? ANONYMOUS : await reviews.authenticate(token);
  if (user === undefined) throw new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  return user;
}

async function authorize(user: ReviewedUser, attributes: { path: string; verb: string }, reviews: DelegatedReviews): Promise<void> {
  if (await reviews.isAllowed(user, { nonResourceAttributes: attributes })) return;
  throw new StatusError({ code: 403, reason: 'Forbidden', message: `forbidden: User ${JSON.stringify(user.username)} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}` });
}

function refuse(response: ServerResponse, error: StatusError): void {
  response.writeHead(error.code, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', connection: 'close' }).end(`${JSON.stringify(error.toStatus())}\n`);
}
