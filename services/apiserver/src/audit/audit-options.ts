import { optionTable, UsageError, type Options, type OptionSpec } from '@kubernode/component-base';
import type { BatchConfig } from './buffered-sink.ts';
import type { AuditLogFormat } from './log-sink.ts';
import type { TruncateLimits } from './truncating-sink.ts';

const MODES = ['batch', 'blocking', 'blocking-strict'] as const;
const FORMATS: readonly AuditLogFormat[] = ['legacy', 'json'];
const VERSION = 'audit.k8s.io/v1';
const MEBIBYTE = 1024 * 1024;

const mode = 'whether requests wait for their events: batch, blocking, or blocking-strict, where a request fails whose event cannot be kept';

type Plugin = 'log' | 'webhook';
type Absent<K extends 'string' | 'duration'> = OptionSpec<K> & { kind: K };
type Text = OptionSpec<'string'> & { kind: 'string'; default: string };
type Int = OptionSpec<'int'> & { kind: 'int'; default: number };
type Flag = OptionSpec<'boolean'> & { kind: 'boolean'; default: boolean };
type Duration = OptionSpec<'duration'> & { kind: 'duration'; default: number };
type AuditTable =
  & { readonly [F in 'audit-policy-file' | 'audit-log-path' | 'audit-webhook-config-file']: Absent<'string'> }
  & { readonly [F in 'audit-log-format' | `audit-${Plugin}-${'mode' | 'version' | 'batch-throttle-qps'}`]: Text }
  & { readonly [F in `audit-log-${'maxage' | 'maxbackup' | 'maxsize'}` | `audit-${Plugin}-${'batch-buffer-size' | 'batch-max-size' | 'batch-throttle-burst' | 'truncate-max-batch-size' | 'truncate-max-event-size'}`]: Int }
  & { readonly [F in 'audit-log-compress' | `audit-${Plugin}-${'batch-throttle-enable' | 'truncate-enabled'}`]: Flag }
  & { readonly [F in `audit-${Plugin}-batch-max-wait` | 'audit-webhook-initial-backoff']: Duration }
  & { readonly 'audit-webhook-batch-initial-backoff': Absent<'duration'> };

/** The flags of kube-apiserver's audit. */
export const auditOptions: AuditTable = optionTable({
  'audit-policy-file': { kind: 'string', help: 'audit policy: what is written of which requests', placeholder: 'FILE' },
  'audit-log-path': { kind: 'string', help: 'file for audit events; - is standard output', placeholder: 'FILE' },
  'audit-log-format': { kind: 'string', default: 'json', help: 'json, or legacy for one line of text an event' },
  'audit-log-version': { kind: 'string', default: VERSION, help: 'version of the events in the log' },
  'audit-log-maxage': { kind: 'int', default: 366, help: 'days that old audit logs are kept; 0: for ever' },
  'audit-log-maxbackup': { kind: 'int', default: 100, help: 'old audit logs that are kept; 0: all' },
  'audit-log-maxsize': { kind: 'int', default: 100, help: 'size in megabytes at which the audit log is put aside; 0: never' },
  'audit-log-compress': { kind: 'boolean', default: false, help: 'compress old audit logs with gzip' },
  'audit-log-mode': { kind: 'string', default: 'blocking', help: mode },
  'audit-log-batch-buffer-size': { kind: 'int', default: 10_000, help: 'events that wait in mode batch; more are lost' },
  'audit-log-batch-max-size': { kind: 'int', default: 1, help: 'events written at once in mode batch' },
  'audit-log-batch-max-wait': { kind: 'duration', default: 0, help: 'how long a batch waits to fill up' },
  'audit-log-batch-throttle-enable': { kind: 'boolean', default: false, help: 'limit how many batches are written a second' },
  'audit-log-batch-throttle-qps': { kind: 'string', default: '0', help: 'batches a second' },
  'audit-log-batch-throttle-burst': { kind: 'int', default: 0, help: 'batches at once after a pause' },
  'audit-log-truncate-enabled': { kind: 'boolean', default: false, help: 'take the bodies out of events that are too large' },
  'audit-log-truncate-max-batch-size': { kind: 'int', default: 10 * MEBIBYTE, help: 'bytes of a batch' },
  'audit-log-truncate-max-event-size': { kind: 'int', default: 100 * 1024, help: 'bytes of an event' },
  'audit-webhook-config-file': { kind: 'string', help: 'kubeconfig of the server that audit events are sent to', placeholder: 'FILE' },
  'audit-webhook-version': { kind: 'string', default: VERSION, help: 'version of the events that are sent' },
  'audit-webhook-initial-backoff': { kind: 'duration', default: 10_000, help: 'wait before a batch is sent again' },
  'audit-webhook-batch-initial-backoff': { kind: 'duration', help: 'older name of --audit-webhook-initial-backoff' },
  'audit-webhook-mode': { kind: 'string', default: 'batch', help: mode },
  'audit-webhook-batch-buffer-size': { kind: 'int', default: 10_000, help: 'events that wait in mode batch; more are lost' },
  'audit-webhook-batch-max-size': { kind: 'int', default: 400, help: 'events sent at once in mode batch' },
  'audit-webhook-batch-max-wait': { kind: 'duration', default: 30_000, help: 'how long a batch waits to fill up' },
  'audit-webhook-batch-throttle-enable': { kind: 'boolean', default: true, help: 'limit how many batches are sent a second' },
  'audit-webhook-batch-throttle-qps': { kind: 'string', default: '10', help: 'batches a second' },
  'audit-webhook-batch-throttle-burst': { kind: 'int', default: 15, help: 'batches at once after a pause' },
  'audit-webhook-truncate-enabled': { kind: 'boolean', default: false, help: 'take the bodies out of events that are too large' },
  'audit-webhook-truncate-max-batch-size': { kind: 'int', default: 10 * MEBIBYTE, help: 'bytes of a batch' },
  'audit-webhook-truncate-max-event-size': { kind: 'int', default: 100 * 1024, help: 'bytes of an event' },
});

type AuditOptions = Options<AuditTable>;

export interface BackendConfig {
  mode: typeof MODES[number];
  batch: BatchConfig;
  /** Undefined: events keep their size. */
  truncate: TruncateLimits | undefined;
}

export interface AuditConfig {
  policyFile: string | undefined;
  log: (BackendConfig & { path: string; format: AuditLogFormat; maxAgeDays: number; maxBackups: number; maxBytes: number; compress: boolean }) | undefined;
  webhook: (BackendConfig & { configFile: string; initialBackoffMs: number }) | undefined;
}

/** What the flags mean; throws a UsageError with everything that is wrong, in kube-apiserver's words. */
export function auditConfig(options: AuditOptions): AuditConfig {
  const path = options['audit-log-path'] ?? '';
  const configFile = options['audit-webhook-config-file'] ?? '';
  const faults = [...(path === '' ? [] : logFaults(options)), ...(configFile === '' ? [] : backendFaults(options, 'webhook'))];
  if (faults.length > 0) throw new UsageError(faults.length === 1 ? faults[0] ?? '' : `[${faults.join(', ')}]`);
  return {
    policyFile: options['audit-policy-file'] || undefined,
    log: path === '' ? undefined : {
      ...backendConfig(options, 'log'), path, format: options['audit-log-format'] as AuditLogFormat, // checked above
      maxAgeDays: options['audit-log-maxage'], maxBackups: options['audit-log-maxbackup'], maxBytes: options['audit-log-maxsize'] * MEBIBYTE, compress: options['audit-log-compress'],
    },
    webhook: configFile === '' ? undefined : { ...backendConfig(options, 'webhook'), configFile, initialBackoffMs: options['audit-webhook-batch-initial-backoff'] ?? options['audit-webhook-initial-backoff'] },
  };
}

function backendConfig(options: AuditOptions, plugin: Plugin): BackendConfig {
  const throttle = { qps: Number(options[`audit-${plugin}-batch-throttle-qps`]), burst: options[`audit-${plugin}-batch-throttle-burst`] };
  return {
    mode: options[`audit-${plugin}-mode`] as BackendConfig['mode'], // checked before
    batch: {
      bufferSize: options[`audit-${plugin}-batch-buffer-size`], maxBatchSize: options[`audit-${plugin}-batch-max-size`], maxBatchWaitMs: options[`audit-${plugin}-batch-max-wait`],
      throttle: options[`audit-${plugin}-batch-throttle-enable`] ? throttle : undefined,
    },
    truncate: options[`audit-${plugin}-truncate-enabled`] ? { maxEventBytes: options[`audit-${plugin}-truncate-max-event-size`], maxBatchBytes: options[`audit-${plugin}-truncate-max-batch-size`] } : undefined,
  };
}

function logFaults(options: AuditOptions): string[] {
  const format = options['audit-log-format'];
  return [
    ...backendFaults(options, 'log'),
    ...((FORMATS as readonly string[]).includes(format) ? [] : [`invalid audit log format ${format}, allowed formats are "${FORMATS.join(',')}"`]),
    ...(['audit-log-maxage', 'audit-log-maxbackup', 'audit-log-maxsize'] as const).filter((flag) => options[flag] < 0).map((flag) => `--${flag} ${options[flag]} can't be a negative number`),
  ];
}

function backendFaults(options: AuditOptions, plugin: Plugin): string[] {
  return [...batchFault(options, plugin), ...truncateFault(options, plugin), ...(options[`audit-${plugin}-version`] === VERSION ? [] : [`invalid group version, allowed versions are ["${VERSION}"]`])];
}

/** Only the first fault of a batch is told. */
function batchFault(options: AuditOptions, plugin: Plugin): string[] {
  const given = options[`audit-${plugin}-mode`];
  if (!(MODES as readonly string[]).includes(given)) return [`invalid audit ${plugin} mode ${given}, allowed modes are "${MODES.join(',')}"`];
  if (given !== 'batch') return [];
  const amounts: [name: string, amount: number][] = [['buffer size', options[`audit-${plugin}-batch-buffer-size`]], ['max batch size', options[`audit-${plugin}-batch-max-size`]]];
  if (options[`audit-${plugin}-batch-throttle-enable`]) amounts.push(['throttle QPS', Number(options[`audit-${plugin}-batch-throttle-qps`])], ['throttle burst', options[`audit-${plugin}-batch-throttle-burst`]]);
  const wrong = amounts.find(([, amount]) => !(amount > 0));
  return wrong === undefined ? [] : [`invalid audit batch ${plugin} ${wrong[0]} ${wrong[1]}, must be a positive number`];
}

function truncateFault(options: AuditOptions, plugin: Plugin): string[] {
  const event = options[`audit-${plugin}-truncate-max-event-size`];
  const batch = options[`audit-${plugin}-truncate-max-batch-size`];
  if (event <= 0) return [`invalid audit truncate ${plugin} max event size ${event}, must be a positive number`];
  return batch < event ? [`invalid audit truncate ${plugin} max batch size ${batch}, must be greater than max event size (${event})`] : [];
}
