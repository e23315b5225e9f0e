import type { Release, StoredHook } from './release.ts';

/** A release of which only what matters is named. */
export function aRelease(given: Partial<Omit<Release, 'info'>> & { info?: Partial<Release['info']> } = {}): Release {
  return {
    name: 'web', namespace: 'apps', version: 1, chart: { metadata: { name: 'site', version: '1.2.0', appVersion: '3' }, lock: null, templates: null, values: null, schema: null, files: null }, config: {}, manifest: '', hooks: [], labels: {}, ...given,
    info: { first_deployed: '2026-01-01T00:00:00Z', last_deployed: '2026-01-02T00:00:00Z', deleted: '', status: 'deployed', ...given.info },
  };
}

export function aHook(given: Partial<StoredHook> = {}): StoredHook {
  return { name: 'hook', kind: 'Job', path: 'site/templates/hook.yaml', manifest: 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hook\n', events: ['pre-install'], last_run: { started_at: '', completed_at: '', phase: '' }, ...given };
}
