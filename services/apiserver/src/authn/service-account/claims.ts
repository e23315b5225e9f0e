/** A name and the uid it had, so that an object made anew under the name does not revive the token. */
export interface ObjectReference { name: string; uid: string }

/** What Kubernetes puts into service account tokens, and older ones made for secrets. Nothing is certain before it is checked. */
export interface TokenClaims {
  iss?: string;
  sub?: string;
  aud?: string | readonly string[];
  /** Seconds since 1970. */
  exp?: number;
  iat?: number;
  nbf?: number;
  jti?: string;
  'kubernetes.io'?: {
    namespace?: string;
    serviceaccount?: Partial<ObjectReference>;
    pod?: Partial<ObjectReference>;
    secret?: Partial<ObjectReference>;
    node?: Partial<ObjectReference>;
    /** The token was asked for with a shorter life; use after this time is worth a warning. */
    warnafter?: number;
  };
  'kubernetes.io/serviceaccount/namespace'?: string;
  'kubernetes.io/serviceaccount/secret.name'?: string;
  'kubernetes.io/serviceaccount/service-account.name'?: string;
  'kubernetes.io/serviceaccount/service-account.uid'?: string;
}

/** Clocks of a cluster may differ by this much. */
export const CLOCK_LEEWAY_MS = 60_000;

/** Why the times of a token do not fit; undefined when they do. */
export function timeFault({ exp, nbf, iat }: TokenClaims, nowMs: number): string | undefined {
  if (nbf !== undefined && nowMs + CLOCK_LEEWAY_MS < nbf * 1000) return 'service account token is not valid yet';
  if (exp !== undefined && nowMs - CLOCK_LEEWAY_MS > exp * 1000) return 'service account token has expired';
  if (iat !== undefined && nowMs + CLOCK_LEEWAY_MS < iat * 1000) return 'service account token is issued in the future';
  return undefined;
}

export function audiencesOf({ aud }: TokenClaims): readonly string[] {
  return aud === undefined ? [] : typeof aud === 'string' ? [aud] : aud;
}
