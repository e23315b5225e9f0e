import { Registry } from 'prom-client';
import { runningControllers } from './running-controllers.ts';

test('controllers show while they run', async () => {
  const registry = new Registry();
  const run = runningControllers({ registry }, ['job-controller']);
  const shown = async (): Promise<string | undefined> => (await registry.metrics()).split('\n').find((line) => line.startsWith('running_managed_controllers{'));
  const line = (value: number): string => `running_managed_controllers{name="job-controller",manager="kube-controller-manager"} ${value}`;
  expect(await shown()).toBe(line(0));
  const running = run();
  expect(await shown()).toBe(line(1));
  running[Symbol.dispose]();
  expect(await shown()).toBe(line(0));
});
