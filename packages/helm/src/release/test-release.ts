import { ReleaseError } from './release-error.ts';
import { errorMessage } from '@kubernode/base';
import type { ReleaseEnvironment, ReleaseRecord } from './release-operation.ts';
import { hookLogs, hooksOf, runHooks } from './run-hooks.ts';
import type { Release } from './release.ts';

export interface TestOptions {
  name: string;
  timeoutMs: number;
  /** Only tests of these names; all when empty. */
  include: readonly string[];
  exclude: readonly string[];
}

export interface TestResult {
  release: Release;
  /** Why the first test that failed did. */
  failure: string | undefined;
}

/** Runs the tests of a release; what each did is stored with it. */
export async function testRelease(environment: ReleaseEnvironment, { name, timeoutMs, include, exclude }: TestOptions): Promise<TestResult> {
  const { store, signal } = environment;
  const record: ReleaseRecord = { release: await store.last(name, { signal }) };
  let failure: string | undefined;
  try { await runHooks(environment, record, { event: 'test', timeoutMs, only: (hook) => isChosen(hook.name, { include, exclude }) }); } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    failure = errorMessage(error);
  }
  await store.update(record.release, { signal });
  return { release: record.release, failure };
}

/** What the pods of tests said, each under its name. */
export async function testLogs(environment: ReleaseEnvironment, release: Release, choice: Pick<TestOptions, 'include' | 'exclude'>): Promise<{ name: string; text: string }[]> {
  const logs: { name: string; text: string }[] = [];
  for (const hook of hooksOf(release.hooks, 'test').filter(({ name }) => isChosen(name, choice))) logs.push({ name: hook.name, text: await hookLogs(environment, hook) });
  return logs;
}

function isChosen(name: string, { include, exclude }: Pick<TestOptions, 'include' | 'exclude'>): boolean {
  return !exclude.includes(name) && (include.length === 0 || include.includes(name));
}
