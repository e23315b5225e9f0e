import type { coreV1 } from '@kubernode/api';
import { containerHash } from '../pod/pod-facts.ts';
import { computePodActions, type ProbeVerdict } from './compute-pod-actions.ts';
import { aContainer, aPod, aSandbox } from './test-states.ts';
import type { PodState } from './pod-state.ts';

const FINE: ProbeVerdict = { started: true, live: true, startupFailed: false };

interface Case {
  what: string;
  spec?: Partial<coreV1.PodSpec>;
  state: PodState;
  verdict?: Partial<ProbeVerdict>;
  restartAll?: boolean;
  want: { sandbox: string; start?: string[]; kill?: string[]; reset?: string[]; finished?: boolean };
}

const main = { name: 'c', image: 'i' };
const hash = containerHash(main);
const sidecar = { name: 's', image: 'i', restartPolicy: 'Always' };
const init = { name: 'i', image: 'i' };
const ready = [aSandbox()];
const ruled = { ...main, restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] };

const cases: Case[] = [
  { what: 'nothing yet: a sandbox and its containers', state: { sandboxes: [], containers: [] }, want: { sandbox: 'create 0', start: ['c'] } },
  { what: 'nothing yet, with init containers: only the first of them', spec: { initContainers: [init] }, state: { sandboxes: [], containers: [] }, want: { sandbox: 'create 0', start: ['i'] } },
  { what: 'all runs: nothing to do', state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash })] }, want: { sandbox: 'keep' } },
  { what: 'a lost sandbox: a new one with the next number', state: { sandboxes: [aSandbox({ ready: false, attempt: 2 })], containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 255 })] }, want: { sandbox: 'create 3', start: ['c'] } },
  { what: 'a lost sandbox of a pod that is never restarted: the end', spec: { restartPolicy: 'Never' }, state: { sandboxes: [aSandbox({ ready: false })], containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 1 })] }, want: { sandbox: 'none', finished: true } },
  { what: 'a sandbox without address: a new one', state: { sandboxes: [aSandbox({ ips: [] })], containers: [] }, want: { sandbox: 'create 1', start: ['c'] } },
  { what: 'an exit under Always: started again', state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 0 })] }, want: { sandbox: 'keep', start: ['c'] } },
  { what: 'a clean exit under OnFailure: the end', spec: { restartPolicy: 'OnFailure' }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 0 })] }, want: { sandbox: 'keep', finished: true } },
  { what: 'a failure under OnFailure: started again', spec: { restartPolicy: 'OnFailure' }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 1 })] }, want: { sandbox: 'keep', start: ['c'] } },
  { what: 'a failed liveness probe: killed and started again', state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash })] }, verdict: { live: false }, want: { sandbox: 'keep', kill: ['Container c failed liveness probe, will be restarted'], start: ['c'] } },
  { what: 'a failed liveness probe under Never: the end', spec: { restartPolicy: 'Never' }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash })] }, verdict: { live: false }, want: { sandbox: 'keep', finished: true } },
  { what: 'a failed liveness probe under Never beside another: killed only', spec: { restartPolicy: 'Never', containers: [main, { name: 'd', image: 'i' }] }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash: 'x' }), aContainer({ name: 'd', hash: containerHash({ name: 'd', image: 'i' }) })] }, want: { sandbox: 'keep', kill: ['Container c definition changed, will be restarted'], start: ['c'] } },
  { what: "the container's own policy wins over the pod's", spec: { restartPolicy: 'Never', containers: [{ ...main, restartPolicy: 'Always' }] }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 0 })] }, want: { sandbox: 'keep', start: ['c'] } },
  { what: 'a rule that fits the exit code: started again', spec: { restartPolicy: 'Never', containers: [ruled] }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 42 })] }, want: { sandbox: 'keep', start: ['c'] } },
  { what: 'a rule that does not: the end', spec: { restartPolicy: 'Never', containers: [ruled] }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 1 })] }, want: { sandbox: 'keep', finished: true } },
  { what: 'an init container with a rule of its own: again', spec: { restartPolicy: 'Never', initContainers: [{ ...init, restartPolicy: 'OnFailure' }] }, state: { sandboxes: ready, containers: [aContainer({ name: 'i', phase: 'exited', exitCode: 1 })] }, want: { sandbox: 'keep', start: ['i'] } },
  { what: 'everything anew: all are removed, the cause last', restartAll: true, spec: { initContainers: [init], containers: [{ ...main, restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } }] }, { name: 'd', image: 'i' }] }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'exited', exitCode: 88 }), aContainer({ name: 'd' }), aContainer({ name: 'i', phase: 'exited' })] }, want: { sandbox: 'keep', reset: ['d', 'i', 'c'] } },
  { what: 'the last init container done, the first lost from the runtime: the main ones', spec: { initContainers: [init, { name: 'j', image: 'i' }] }, state: { sandboxes: ready, containers: [aContainer({ name: 'j', phase: 'exited' })] }, want: { sandbox: 'keep', start: ['c'] } },
  { what: 'a sidecar that ended while the next init container runs: started again', spec: { initContainers: [sidecar, init] }, state: { sandboxes: ready, containers: [aContainer({ name: 'i', hash: containerHash(init) }), aContainer({ name: 's', phase: 'exited' })] }, want: { sandbox: 'keep', start: ['s'] } },
  { what: 'a sidecar that has started: the next init container', spec: { initContainers: [sidecar, init] }, state: { sandboxes: ready, containers: [aContainer({ name: 's', hash: containerHash(sidecar) })] }, want: { sandbox: 'keep', start: ['i'] } },
  { what: 'a sidecar that failed its startup probe: killed and started again', spec: { initContainers: [sidecar] }, state: { sandboxes: ready, containers: [aContainer({ name: 's', hash: containerHash(sidecar) })] }, verdict: { started: false, startupFailed: true }, want: { sandbox: 'keep', kill: ['Init container s failed startup probe'], start: ['s'] } },
  { what: 'what succeeded under OnFailure in a lost sandbox is not run again in the new one', spec: { restartPolicy: 'OnFailure', containers: [main, { name: 'd', image: 'i' }] }, state: { sandboxes: [aSandbox({ id: 'sb2', attempt: 1 }), aSandbox({ ready: false })], containers: [aContainer({ name: 'd', sandboxId: 'sb2', hash: containerHash({ name: 'd', image: 'i' }) }), aContainer({ name: 'c', hash, phase: 'exited' })] }, want: { sandbox: 'keep' } },
  { what: 'an ephemeral container beside an init container that runs', spec: { initContainers: [init], ephemeralContainers: [{ name: 'e', image: 'i' }] }, state: { sandboxes: ready, containers: [aContainer({ name: 'i', hash: containerHash(init) })] }, want: { sandbox: 'keep', start: ['e'] } },
  { what: 'a failed startup probe: killed and started again', state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash })] }, verdict: { startupFailed: true }, want: { sandbox: 'keep', kill: ['Container c failed startup probe, will be restarted'], start: ['c'] } },
  { what: 'another image: killed and started again', state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash: 'other' })] }, want: { sandbox: 'keep', kill: ['Container c definition changed, will be restarted'], start: ['c'] } },
  { what: 'an init container that runs: wait', spec: { initContainers: [init] }, state: { sandboxes: ready, containers: [aContainer({ name: 'i', hash: containerHash(init) })] }, want: { sandbox: 'keep' } },
  { what: 'init containers done: the main ones', spec: { initContainers: [init] }, state: { sandboxes: ready, containers: [aContainer({ name: 'i', phase: 'exited' })] }, want: { sandbox: 'keep', start: ['c'] } },
  { what: 'a failed init container: again', spec: { initContainers: [init] }, state: { sandboxes: ready, containers: [aContainer({ name: 'i', phase: 'exited', exitCode: 1 })] }, want: { sandbox: 'keep', start: ['i'] } },
  { what: 'a failed init container under Never: the end', spec: { initContainers: [init], restartPolicy: 'Never' }, state: { sandboxes: ready, containers: [aContainer({ name: 'i', phase: 'exited', exitCode: 1 })] }, want: { sandbox: 'keep', finished: true } },
  { what: 'a sidecar that has not started: wait', spec: { initContainers: [sidecar] }, state: { sandboxes: ready, containers: [aContainer({ name: 's', hash: containerHash(sidecar) })] }, verdict: { started: false }, want: { sandbox: 'keep' } },
  { what: 'a sidecar that runs: the main ones', spec: { initContainers: [sidecar] }, state: { sandboxes: ready, containers: [aContainer({ name: 's', hash: containerHash(sidecar) })] }, want: { sandbox: 'keep', start: ['c'] } },
  { what: 'a sidecar that ended beside a main one: started again', spec: { initContainers: [sidecar] }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash }), aContainer({ name: 's', phase: 'exited' })] }, want: { sandbox: 'keep', start: ['s'] } },
  { what: 'the main ones ended for good: a sidecar does not hold the pod', spec: { initContainers: [sidecar], restartPolicy: 'Never' }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'exited' }), aContainer({ name: 's', hash: containerHash(sidecar) })] }, want: { sandbox: 'keep', finished: true } },
  { what: 'a container that was made and not started: made again', state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash, phase: 'created' })] }, want: { sandbox: 'keep', start: ['c'] } },
  { what: 'an ephemeral container: started once', spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] }, state: { sandboxes: ready, containers: [aContainer({ name: 'c', hash })] }, want: { sandbox: 'keep', start: ['e'] } },
];

test.each(cases)('computePodActions: $what', ({ spec, state, verdict, restartAll = false, want }) => {
  const { sandbox, start, kill, reset, finished } = computePodActions({ pod: aPod({ containers: [main], ...spec }), state, restartAll, probes: () => ({ ...FINE, ...verdict }) });
  expect({ sandbox: sandbox.kind === 'create' ? `create ${sandbox.attempt}` : sandbox.kind, start: start.map(({ name }) => name), kill: kill.map(({ message }) => message), reset: reset.map(({ name }) => name), finished })
    .toEqual({ start: [], kill: [], reset: [], finished: false, ...want });
});

test('computePodActions: two ready sandboxes are replaced by one', () => {
  const state = { sandboxes: [aSandbox({ id: 'b', attempt: 1 }), aSandbox({ id: 'a' })], containers: [] };
  expect(computePodActions({ pod: aPod({ containers: [main] }), state, probes: () => FINE }).sandbox).toEqual({ kind: 'create', attempt: 2, stopFirst: ['b', 'a'] });
});

test('containerHash: containers of earlier versions stay what they are', () => {
  expect([containerHash({ name: 'c', image: 'i' }), containerHash({ name: 'web', image: 'registry.example.com/web:1.2.3', env: [{ name: 'A' }] })]).toEqual(['9ae63c79', 'a459b960']);
});
