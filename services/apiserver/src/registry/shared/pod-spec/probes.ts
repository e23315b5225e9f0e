import type { coreV1 } from '@kubernode/api';
import { forbiddenField, headerNameFaults, invalidValue, required, type FieldError } from '@kubernode/apimachinery';
import { nonNegative } from '../number-rules.ts';
import { filled, oneOf } from '../value-rules.ts';
import { portRefFaults } from './ports.ts';

const SCHEMES: readonly string[] = ['HTTP', 'HTTPS'];

/** Probes and hooks of a container that may have them. `grace` is the pod's. */
export function lifecycleAndProbeFaults({ lifecycle, livenessProbe, readinessProbe, startupProbe }: Readonly<coreV1.Container>, grace: number | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = lifecycle?.[hook];
    if (handler !== undefined) errors.push(...handlerFaults(handler, grace, `${path}.lifecycle.${hook}`));
  }
  if (livenessProbe !== undefined) errors.push(...probeFaults(livenessProbe, `${path}.livenessProbe`), ...oneSuccess(livenessProbe, `${path}.livenessProbe`));
  if (readinessProbe !== undefined) {
    const at = `${path}.readinessProbe`;
    errors.push(...probeFaults(readinessProbe, at));
    if (readinessProbe.terminationGracePeriodSeconds !== undefined) errors.push(invalidValue(`${at}.terminationGracePeriodSeconds`, readinessProbe.terminationGracePeriodSeconds, 'must not be set for readinessProbes'));
  }
  if (startupProbe !== undefined) errors.push(...probeFaults(startupProbe, `${path}.startupProbe`), ...oneSuccess(startupProbe, `${path}.startupProbe`));
  return errors;
}

function probeFaults(probe: Readonly<coreV1.Probe>, path: string): FieldError[] {
  const errors = handlerFaults(probe, undefined, path);
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) errors.push(...nonNegative(probe[field], `${path}.${field}`));
  const grace = probe.terminationGracePeriodSeconds;
  return grace !== undefined && grace <= 0 ? [...errors, invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')] : errors;
}

/** What decides over life and death succeeds at once. */
function oneSuccess({ successThreshold = 0 }: Readonly<coreV1.Probe>, path: string): FieldError[] {
  return successThreshold === 1 ? [] : [invalidValue(`${path}.successThreshold`, successThreshold, 'must be 1')];
}

type Handler = Pick<coreV1.Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<coreV1.LifecycleHandler, 'sleep'>;

/** Exactly one way to ask; the first is judged, the others are refused. */
function handlerFaults({ exec, httpGet, tcpSocket, grpc, sleep }: Readonly<Handler>, grace: number | undefined, path: string): FieldError[] {
  const found: (readonly [field: string, faults: FieldError[]])[] = [];
  if (exec !== undefined) found.push(['exec', filled(exec.command, `${path}.exec.command`)]);
  if (httpGet !== undefined) found.push(['httpGet', httpGetFaults(httpGet, `${path}.httpGet`)]);
  if (tcpSocket !== undefined) found.push(['tcpSocket', portRefFaults(tcpSocket.port, `${path}.tcpSocket.port`)]);
  if (grpc !== undefined) found.push(['grpc', portRefFaults(grpc.port, `${path}.grpc.port`)]);
  if (sleep !== undefined) found.push(['sleep', sleepFaults(sleep.seconds, grace, `${path}.sleep`)]);
  const [first, ...others] = found;
  if (first === undefined) return [required(path, 'must specify a handler type')];
  return [...first[1], ...others.map(([field]) => forbiddenField(`${path}.${field}`, 'may not specify more than 1 handler type'))];
}

function httpGetFaults({ path: target, port, scheme, httpHeaders = [] }: Readonly<coreV1.HTTPGetAction>, path: string): FieldError[] {
  return [
    ...filled(target, `${path}.path`), ...portRefFaults(port, `${path}.port`), ...oneOf(scheme ?? '', `${path}.scheme`, SCHEMES),
    ...httpHeaders.flatMap(({ name }) => headerNameFaults(name).map((fault) => invalidValue(`${path}.httpHeaders`, name, fault))),
  ];
}

function sleepFaults(seconds: number, grace: number | undefined, path: string): FieldError[] {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return [];
  return [invalidValue(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)];
}
