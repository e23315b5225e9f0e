import type { ServedApi } from '../discovery/served-api.ts';
import { pathsOf } from './root-handler.ts';

test('pathsOf lists groups, versions and health checks in order', () => {
  const served = { version: 1, resources: [{ group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', verbs: ['get'] }, { group: '', version: 'v1', resource: 'pods', kind: 'Pod', verbs: ['get'] }] } as unknown as ServedApi; // what the list shows
  const ping = { name: 'ping', check: () => undefined };
  const paths = pathsOf(served, { healthz: [ping], livez: [ping], readyz: [], included: [] });
  expect(paths).toEqual(paths.toSorted());
  expect(paths.filter((path) => /apps|ping|readyz/.test(path))).toEqual(['/apis/apps', '/apis/apps/v1', '/healthz/ping', '/livez/ping', '/readyz']);
});
