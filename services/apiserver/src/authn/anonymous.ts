import { UserError } from '@kubernode/component-base';
import type { AnonymousConfig } from './jwt/jwt-config.ts';

/** Which requests without credentials are let in. */
export interface AnonymousAccess {
  allows(path: string): boolean;
  /** Whatever the path. */
  everywhere: boolean;
}

export interface AnonymousSettings {
  /** --anonymous-auth; undefined when it was not given. */
  flag: boolean | undefined;
  /** Of the authentication configuration's file. */
  config: AnonymousConfig | undefined;
  /** Everything is allowed to everybody: then at least everybody says who they are. */
  alwaysAllow: boolean;
}

export function anonymousAccess({ flag, config, alwaysAllow }: AnonymousSettings): AnonymousAccess {
  if (config !== undefined && flag !== undefined) throw new UserError('anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file');
  const enabled = config === undefined ? (flag ?? true) && !alwaysAllow : config.enabled;
  const paths = new Set((config?.conditions ?? []).map(({ path }) => path));
  return { allows: (path) => enabled && (paths.size === 0 || paths.has(path)), everywhere: enabled && paths.size === 0 };
}
