import { unauthorized } from '@kubernode/apimachinery';
import type { ApiRequest, AuthenticationNotes, Authenticator, UserInfo } from '../pipeline/api-request.ts';
import { headerValuesOf } from './header-values.ts';

const PREFIX = 'base64url.bearer.authorization.k8s.io.';
const UNPADDED_BASE64URL = /^[\w-]*$/;

/** Browsers cannot set headers of a websocket: they send the token as one of its protocols, beside the one they mean. */
export function websocketTokenAuthenticator(bearer: { authenticateToken(token: string, notes?: AuthenticationNotes): Promise<UserInfo> }): Authenticator {
  return {
    known: ({ headers }) => (headers['sec-websocket-protocol'] === undefined ? 'nobody' : 'ask'),
    async authenticate(request, notes) {
      const token = websocketToken(request);
      return token === undefined ? undefined : bearer.authenticateToken(token, notes);
    },
  };
}

/** Throws 401 for a token that is not sent as it should be. */
function websocketToken(request: Pick<ApiRequest, 'headers' | 'headerValues'>): string | undefined {
  const { connection = '', upgrade = '', 'sec-websocket-protocol': sent } = request.headers;
  if (sent === undefined || upgrade.toLowerCase() !== 'websocket' || !/\bupgrade\b/i.test(connection)) return undefined;
  const protocols = headerValuesOf(request, 'sec-websocket-protocol').flatMap((value) => value.split(',')).map((one) => one.trim());
  const tokens = protocols.filter((protocol) => protocol.startsWith(PREFIX));
  const [encoded] = tokens;
  if (encoded === undefined) return undefined;
  const text = encoded.slice(PREFIX.length);
  if (tokens.length > 1 || !UNPADDED_BASE64URL.test(text) || tokens.length === protocols.length) throw unauthorized();
  return text === '' ? undefined : Buffer.from(text, 'base64url').toString();
}
