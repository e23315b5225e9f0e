import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import { followKubeconfig } from '@kubernode/client';
import { type FileFollower, UserError, readFlagFile, type Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { Auditor } from '../filters/audit.ts';
import { createAuditMetrics } from './audit-metrics.ts';
import type { AuditConfig, BackendConfig } from './audit-options.ts';
import { auditDecider, type AuditPolicy } from './audit-policy.ts';
import { forgivingSink, unionSink, type AuditSink, type ReportLoss } from './audit-sink.ts';
import { BufferedSink } from './buffered-sink.ts';
import { logSink, type LineWriter } from './log-sink.ts';
import { microClock } from './micro-clock.ts';
import { readAuditPolicy } from './read-audit-policy.ts';
import { RotatingFile } from './rotating-file.ts';
import { truncatingSink } from './truncating-sink.ts';
import { webhookSink } from './webhook-sink.ts';

export interface AuditDeps {
  clock: Clock;
  rng: Rng;
  logger: Logger;
  registry: Registry;
  /** The webhook's kubeconfig, and what it names. */
  files: FileFollower;
  /** For --audit-log-path=-. */
  stdout: LineWriter;
}

/** Builds the audit that the flags ask for. Undefined, and no cost at all, without a policy or without anywhere to write. */
export function setUpAudit(config: AuditConfig, deps: AuditDeps): Auditor | undefined {
  const metrics = createAuditMetrics(deps.registry, deps.logger);
  const policy = config.policyFile === undefined ? undefined : readPolicyFile(config.policyFile, deps.logger);
  const parts = { ...deps, reportLoss: metrics.reportLoss };
  const sinks = [...(config.log === undefined ? [] : [logBackend(config.log, parts)]), ...(config.webhook === undefined ? [] : [webhookBackend(config.webhook, parts)])];
  if (sinks.length === 0) return undefined;
  if (policy === undefined) { deps.logger.info('no audit policy file provided, no events will be recorded'); return undefined; }
  return { decide: auditDecider(policy), sink: unionSink(sinks), now: microClock(deps.clock), metrics };
}

function readPolicyFile(file: string, logger: Logger): AuditPolicy {
  const text = readFlagFile('audit-policy-file', file);
  try {
    return readAuditPolicy(text, (fault) => { logger.warn('the audit policy contains errors and is read leniently', { file, fault }); });
  } catch (error) {
    throw new UserError(`loading audit policy file: ${errorMessage(error)}: from file ${file}`);
  }
}

type BackendDeps = AuditDeps & { reportLoss: ReportLoss };

function logBackend(config: NonNullable<AuditConfig['log']>, deps: BackendDeps): AuditSink {
  const sink = logSink({ writer: config.path === '-' ? deps.stdout : openLog(config, deps), format: config.format, reportLoss: deps.reportLoss });
  return wrapped(sink, config, deps);
}

function openLog(config: NonNullable<AuditConfig['log']>, { clock, logger }: BackendDeps): LineWriter {
  try { return RotatingFile.open({ ...config, clock, logger }); } catch (error) { throw new UserError(`--audit-log-path: ${errorMessage(error)}`); }
}

function webhookBackend(config: NonNullable<AuditConfig['webhook']>, deps: BackendDeps): AuditSink {
  const transport = followKubeconfig(config.configFile, deps.files);
  return wrapped(webhookSink({ ...deps, transport, initialBackoffMs: config.initialBackoffMs }), config, deps);
}

/** Truncating comes before buffering, so that what waits is already small. */
function wrapped(sink: AuditSink, { mode, batch, truncate }: BackendConfig, { clock, reportLoss }: BackendDeps): AuditSink {
  const waiting = mode === 'blocking-strict' ? sink : mode === 'blocking' ? forgivingSink(sink) : new BufferedSink({ sink, config: batch, clock, reportLoss });
  return truncate === undefined ? waiting : truncatingSink(waiting, truncate, reportLoss);
}
