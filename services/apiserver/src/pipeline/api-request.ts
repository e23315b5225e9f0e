import type { GroupVersion, KubeObject } from '@kubernode/apimachinery';
import type { RequestCourse } from './request-course.ts';

/** One request, whichever door it came in by (HTTPS or gRPC). */
export interface ApiRequest {
  readonly method: string;
  /** Decoded path without query; never ends the process however odd it is. */
  readonly path: string;
  /** Path and query as the client wrote them, where the transport has them. */
  readonly target?: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Every value of a header that was sent several times, by lower-case name; absent where the transport cannot tell them apart. */
  headerValues?(name: string): readonly string[];
  /** The whole body, at most `requestBytesMax`; empty when there was none. */
  readonly body: Buffer;
  readonly peer: Peer;
  /** Aborted when the client goes away, the request times out or the server stops. */
  readonly signal: AbortSignal;
  /** Aborts `signal`: nobody waits for the answer any more. */
  abort?(): void;
  /** ms since 1970. */
  readonly receivedAt: number;
  readonly transport: 'https' | 'grpc';
  /** A leader's writes name the Lease that has to be held for them; gRPC only. */
  readonly fence?: LeaseFence | undefined;
}

/** A Lease, its holder, and how often it changed hands when the holder took it. */
export interface LeaseFence { namespace: string; lease: string; holder: string; epoch: number }

export interface Peer {
  address: string;
  /** Subject of a client certificate that the client CA vouches for. */
  certificate?: { commonName: string; organizations: readonly string[]; uid?: string; /** SHA-256 of the certificate, lower-case hex. */ sha256?: string; expiresAtMs?: number };
  /** A certificate was shown that the client CA does not vouch for. */
  refusedCertificate?: boolean;
  /** Common name of a certificate that the front proxies' CA vouches for; only then may headers say who the user is. */
  frontProxy?: { commonName: string };
}

export interface UserInfo {
  name: string;
  uid: string;
  groups: readonly string[];
  extra: Readonly<Record<string, readonly string[]>>;
}

/** What a path and method mean, found before anything else. */
export interface RequestInfo extends GroupVersion {
  isResourceRequest: boolean;
  path: string;
  /** get, list, watch, create, update, patch, delete, deletecollection; the lower-case method for non-resource paths. */
  verb: string;
  apiPrefix: string;
  namespace: string;
  resource: string;
  subresource: string;
  name: string;
  /** Path parts behind the subresource (proxy). */
  rest: readonly string[];
}

/** What filters learn about a request on its way in. */
export interface RequestContext {
  info: RequestInfo;
  /** Set by authentication; by impersonation replaced. */
  user: UserInfo;
  /** Sent as `Warning: 299 - "…"`, in order, without repeats. */
  warnings: string[];
  auditAnnotations: Record<string, string>;
  /** Under which the request stands in answers and logs. */
  auditId?: string;
  /** Where its time goes; absent where nobody measures. */
  course?: RequestCourse;
  /** Monotonic; from here on its duration counts. */
  startedMs?: number;
  /** ms since 1970 with fractions; only where requests are audited. */
  receivedAt?: number;
  /** Set once the audit policy has been asked; absent where nothing is audited. */
  audit?: AuditTrail;
  fence?: LeaseFence;
  /** Headers of every answer, errors too, that filters further in decided on. */
  answerHeaders?: Readonly<Record<string, string>>;
  /** Monotonic; absent for requests that may last. */
  deadline?: { receivedAtMs: number; expiresAtMs: number };
  /** To be called by a watch once what it begins with is sent: from then on it costs little. */
  initialized?: () => void;
  /** The server ended the request early, for its own sake: too much to do, or too slow. */
  terminated?: boolean;
}

/** What an audited request notes down on its way. Objects count as they are when noted, at the levels that want them. */
export interface AuditTrail {
  requestObject(object: Readonly<KubeObject>): void;
  requestPatch(patch: Buffer): void;
  /** `constraint` is the verb of constrained impersonation that allowed it, '' for the older kind. */
  impersonated(user: UserInfo, constraint: string): void;
}

/** An answer: bytes that are there, a stream that is written while it lasts, or a connection that is handed over. */
export type Answer = BufferedAnswer | StreamAnswer | UpgradeAnswer;

export interface BufferedAnswer {
  kind: 'buffered';
  status: number;
  contentType: string;
  /** One or more pieces, sent one after the other (a list's frame and its items are shared buffers). */
  body: Buffer | readonly Buffer[];
  headers?: Readonly<Record<string, string>>;
}

export interface StreamAnswer {
  kind: 'stream';
  status: number;
  contentType: string;
  headers?: Readonly<Record<string, string>>;
  /** Set on what another server answers to a request other than a watch: it ends by itself, and may as well be sent in one piece. */
  finite?: boolean;
  /** Writes until done; settles when the stream is over. */
  write(sink: StreamSink, signal: AbortSignal): Promise<void>;
}

export interface StreamSink {
  /** Sends the pieces; false when the client is slow: await `drained` before more. */
  write(pieces: readonly Buffer[]): boolean;
  drained(signal: AbortSignal): Promise<void>;
}

/** exec, attach, port-forward and proxies with an upgrade: the raw connection goes to `accept`. HTTPS only. */
export interface UpgradeAnswer {
  kind: 'upgrade';
  accept(socket: import('node:stream').Duplex, head: Buffer): void;
}

/** What it throws at once means the same as what its promise is rejected with. */
export type Handler = (request: ApiRequest, context: RequestContext) => Promise<Answer>;
/** One station of the chain; calls `next` or answers itself. */
export type Filter = (next: Handler) => Handler;

/** What finding out who asks has to say: warnings for the client, annotations for the audit log. */
export type AuthenticationNotes = Pick<RequestContext, 'warnings' | 'auditAnnotations'>;

/** Who is it? undefined: no credentials of this kind. Throws StatusError 401 for bad ones. */
export interface Authenticator {
  authenticate(request: ApiRequest, notes?: AuthenticationNotes): Promise<UserInfo | undefined>;
  /** The same where it is known at once: the user; `nobody` for no credentials of this kind. Anything else is `ask`, for `authenticate`. */
  known?(request: Pick<ApiRequest, 'headers' | 'peer'>, notes?: AuthenticationNotes): Known;
}

export type Known = UserInfo | 'nobody' | 'ask';

export interface AuthorizationAttributes {
  user: UserInfo;
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  path: string;
  isResourceRequest: boolean;
  fieldSelector?: string;
  labelSelector?: string;
}

/** `error`: the question could not be judged in full; with anything but `allow` the request fails for it. */
export type Decision = { verdict: 'allow' | 'deny' | 'noOpinion'; reason: string; error?: string };

/** May this be done? Answers at once what it knows by itself, and with a promise what it has to ask others for. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision>;
}

/** An authorizer that asks nobody. */
export interface LocalAuthorizer extends Authorizer {
  authorize(attributes: AuthorizationAttributes): Decision;
}
