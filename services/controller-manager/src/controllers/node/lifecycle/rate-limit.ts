/** A token bucket with room for one token, as a value. A rate of 0 never lets anything through. */
export interface RateLimit { readonly perSecond: number; readonly tokens: number; readonly atMs: number }

export function fullLimit(perSecond: number, nowMs: number): RateLimit { return { perSecond, tokens: perSecond > 0 ? 1 : 0, atMs: nowMs }; }

/** Undefined when there is no token. */
export function take(limit: RateLimit, nowMs: number): RateLimit | undefined {
  const tokens = tokensAt(limit, nowMs);
  return tokens < 1 ? undefined : { ...limit, tokens: tokens - 1, atMs: nowMs };
}

/** How long until there is a token; undefined for never. */
export function waitMs(limit: RateLimit, nowMs: number): number | undefined {
  return limit.perSecond <= 0 ? undefined : Math.max(0, Math.ceil(((1 - tokensAt(limit, nowMs)) / limit.perSecond) * 1000));
}

/** Another rate; a token that was there stays, one that was not is not given. */
export function setRate(limit: RateLimit, perSecond: number, nowMs: number): RateLimit {
  if (perSecond === limit.perSecond) return limit;
  return { perSecond, tokens: perSecond > 0 && tokensAt(limit, nowMs) >= 1 ? 1 : 0, atMs: nowMs };
}

function tokensAt({ perSecond, tokens, atMs }: RateLimit, nowMs: number): number {
  return perSecond <= 0 ? 0 : Math.min(1, tokens + (Math.max(0, nowMs - atMs) / 1000) * perSecond);
}
