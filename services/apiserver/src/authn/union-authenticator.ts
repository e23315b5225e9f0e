import { isAbortError } from '@kubernode/base';
import { StatusError, unauthorized } from '@kubernode/apimachinery';
import type { Authenticator } from '../pipeline/api-request.ts';

/**
 * Asks one after the other until one knows the user. Wrong credentials of one kind do not hide good ones of another; when no kind
 * knows the user and one was refused, the request is refused.
 */
export function unionAuthenticator(authenticators: readonly Authenticator[]): Authenticator {
  return {
    known(request, notes) {
      for (const authenticator of authenticators) {
        const known = authenticator.known?.(request, notes) ?? 'ask';
        if (known !== 'nobody') return known;
      }
      return 'nobody';
    },
    async authenticate(request, notes) {
      let refused = false;
      for (const authenticator of authenticators) {
        try {
          const user = await authenticator.authenticate(request, notes);
          if (user !== undefined) return user;
        } catch (error) {
          if (isAbortError(error) || !(error instanceof StatusError)) throw error;
          refused = true;
        }
      }
      if (refused) throw unauthorized();
      return undefined;
    },
  };
}
