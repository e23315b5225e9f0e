import type { EtcdStep } from './plan-etcd.ts';
import type { HostPlan } from './plan-host.ts';
import { isSettled } from './plan-host.ts';

/** What a deploy would do, as lines a person reads: `+` for what comes, `~` for what changes, `-` for what goes. Contents of keys are not shown. */
export function describePlan({ plans, leaving, etcd, diffs }: { plans: readonly HostPlan[]; leaving: readonly string[]; etcd: EtcdStep | undefined; /** By `HOST PATH`: lines that change. */ diffs: ReadonlyMap<string, string> }): string {
  const lines = plans.filter((plan) => !isSettled(plan)).flatMap((plan) => [`${plan.isNew ? '+' : '~'} host ${plan.host}`, ...describeHost(plan, diffs).map((line) => `    ${line}`)]);
  if (etcd !== undefined) lines.push(`~ etcd: ${describeEtcdStep(etcd)}`);
  for (const host of leaving) lines.push(`- host ${host}`);
  return lines.length === 0 ? 'Nothing is to be done.\n' : `${lines.join('\n')}\n`;
}

function describeHost(plan: HostPlan, diffs: ReadonlyMap<string, string>): string[] {
  const marks = { create: '+', replace: '~', mode: '~' } as const;
  return [
    ...plan.parts.map((part) => `+ /opt/kubernode/${part.dir}`),
    ...plan.writes.flatMap((file) => [`${marks[file.change]} ${file.path} (${file.mode.toString(8).padStart(4, '0')}${file.secret ? ', secret' : ''})`, ...(diffs.get(`${plan.host} ${file.path}`)?.split('\n').map((line) => `      ${line}`) ?? [])]),
    ...plan.removes.map((path) => `- ${path}`), ...plan.stops.map((unit) => `- unit ${unit}`), ...plan.prunes.map((dir) => `- /opt/kubernode/${dir}`),
    ...plan.units.filter(({ action, enable }) => action !== 'none' || enable).map(({ unit, action, enable }) => `${action === 'none' ? 'enable' : `${action}${enable ? ' and enable' : ''}`} ${unit.name}`),
  ];
}

export function describeEtcdStep(step: EtcdStep): string {
  switch (step.kind) {
    case 'bootstrap': return `begin with ${step.hosts.join(', ')}`;
    case 'remove': return `remove member ${step.name === '' ? step.id : step.name}: ${step.why}`;
    case 'add': return `add ${step.host} as learner`;
    case 'join': return `start learner ${step.host}`;
    case 'promote': return `promote ${step.name}`;
  }
}
