import type { ApiRequest, Authenticator } from '../pipeline/api-request.ts';
import { withAuthenticatedGroup } from './authenticated-group.ts';
import { headerValuesOf, headersWithPrefix } from './header-values.ts';

export interface RequestHeaderOptions {
  /** Common names of proxies that may speak for users; any that its CA vouches for when empty. */
  allowedNames: readonly string[];
  usernameHeaders: readonly string[];
  uidHeaders: readonly string[];
  groupHeaders: readonly string[];
  extraHeaderPrefixes: readonly string[];
}

/** A front proxy with a certificate of its own CA says by headers who the user is. From anybody else these headers mean nothing. */
export function requestHeaderAuthenticator({ allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes }: RequestHeaderOptions): Authenticator {
  return {
    known: ({ peer: { frontProxy } }) => (frontProxy === undefined ? 'nobody' : 'ask'),
    authenticate(request) {
      const proxy = request.peer.frontProxy;
      if (proxy === undefined || (allowedNames.length > 0 && !allowedNames.includes(proxy.commonName))) return Promise.resolve(undefined);
      const name = firstHeader(request, usernameHeaders);
      if (name === '') return Promise.resolve(undefined);
      const groups = groupHeaders.flatMap((header) => headerValuesOf(request, header)).filter((group) => group !== '');
      const extra = Object.assign({}, ...extraHeaderPrefixes.map((prefix) => headersWithPrefix(request, prefix))) as Record<string, string[]>; // each is such a record
      return Promise.resolve(withAuthenticatedGroup({ name, uid: firstHeader(request, uidHeaders), groups, extra }));
    },
  };
}

function firstHeader(request: Pick<ApiRequest, 'headers'>, names: readonly string[]): string {
  for (const name of names) {
    const value = request.headers[name.toLowerCase()] ?? '';
    if (value !== '') return value;
  }
  return '';
}
