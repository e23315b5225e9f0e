/** A plugin's socket as it lies in the registration directory; another one under the same name differs in `identity`. */
export interface FoundSocket { path: string; identity: string }
export interface RegisteredSocket extends FoundSocket { plugin: string }

export interface RegistrationState {
  found: readonly FoundSocket[];
  registered: readonly RegisteredSocket[];
  /** Those that failed, and when they may be tried again. */
  retryAtMs: ReadonlyMap<string, number>;
  nowMs: number;
}

export interface RegistrationActions { unregister: readonly RegisteredSocket[]; register: readonly FoundSocket[] }

/** What to do so that exactly the plugins whose sockets are there are registered. A socket that was made anew is first let go. */
export function computeRegistrations({ found, registered, retryAtMs, nowMs }: RegistrationState): RegistrationActions {
  const isSame = (a: FoundSocket) => (b: FoundSocket): boolean => a.path === b.path && a.identity === b.identity;
  return {
    unregister: registered.filter((one) => !found.some(isSame(one))),
    register: found.filter((one) => !registered.some(isSame(one)) && (retryAtMs.get(one.path) ?? 0) <= nowMs),
  };
}

/** The highest version that is supported; undefined where there is none. Drivers of the interface's first major version are. */
export function highestVersion(versions: readonly string[]): string | undefined {
  const parsed = versions.map((text) => /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)).filter((match) => match !== null && match[1] === '1');
  return parsed.map((match) => [Number(match?.[2]), Number(match?.[3] ?? 0)] as const).sort(([a, b], [c, d]) => a - c || b - d).map(([minor, patch]) => `1.${minor}.${patch}`).at(-1);
}
