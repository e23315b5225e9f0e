import { servedGroups, type ServedApi } from '../discovery/served-api.ts';
import type { PathHandler } from '../endpoints/endpoint.ts';
import type { HealthChecks } from './health.ts';

/** Paths of this server that are neither health checks nor the API's groups. */
const FIXED_PATHS = ['/.well-known/openid-configuration', '/api', '/api/v1', '/apis', '/apis/', '/flagz', '/metrics', '/metrics/slis', '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/openid/v1/jwks', '/statusz', '/version'];

/** / lists what paths there are, for people who look around. */
export function rootHandler({ served, health }: { served: () => ServedApi; health: HealthChecks }): PathHandler {
  return {
    paths: ['/', '', '/index.html'],
    handle: async () => ({ kind: 'buffered', status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify({ paths: pathsOf(served(), health) }, null, 2)) }),
  };
}

export function pathsOf(served: ServedApi, health: HealthChecks): string[] {
  const groups = servedGroups(served).filter(({ name }) => name !== '').flatMap(({ name, versions }) => [`/apis/${name}`, ...versions.map(({ version }) => `/apis/${name}/${version}`)]);
  const checks = Object.entries(health).flatMap(([endpoint, list]) => [`/${endpoint}`, ...(list as HealthChecks['livez']).map(({ name }) => `/${endpoint}/${name}`)]); // each entry is a list of checks
  return [...new Set([...FIXED_PATHS, ...groups, ...checks])].sort();
}
