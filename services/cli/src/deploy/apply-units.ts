import { quoteForShell, type HostConnection } from './host-connection.ts';
import type { DesiredUnit } from './desired-host.ts';
import { untilReadyScript } from './host-scripts.ts';
import type { UnitAction } from './plan-host.ts';

/** How long a process may take until it serves. */
const READY_LIMIT_MS = 90_000;
/** The script's own time on top. */
const SCRIPT_MARGIN_MS = 30_000;
const LOG_LINES = 5;

/** Starts, restarts or reloads a unit and waits until it serves. UserError with the last lines of its log when it does not. */
export async function applyUnit(connection: HostConnection, { unit, action, enable, version, signal }: { unit: DesiredUnit; action: UnitAction; enable: boolean; version: string; signal: AbortSignal }): Promise<void> {
  const name = quoteForShell(unit.name);
  const verb = { start: 'restart', restart: 'restart', reload: 'reload', none: '' }[action]; // one that ended in failure is started by a restart, too
  const act = verb === '' ? '' : `systemctl reset-failed ${name} 2>/dev/null || true; systemctl ${verb} --no-block ${name}`;
  const started = action === 'start' || action === 'restart';
  const active = started ? `for i in $(seq 1 ${READY_LIMIT_MS / 100}); do case $(systemctl is-active ${name}) in active) break;; failed) break;; esac; sleep 0.1; done; systemctl is-active -q ${name}` : ':';
  const ready = unit.ready === undefined ? ':' : untilReadyScript(version, unit.ready, READY_LIMIT_MS);
  const script = `set -e; systemctl daemon-reload
${enable ? `systemctl enable -q ${name}` : ':'}
${act}
{ ${active} && ${ready}; } || { echo "${unit.name} is not ready: $(journalctl -q -n ${LOG_LINES} -o cat -u ${name} 2>/dev/null | tail -n ${LOG_LINES})" >&2; exit 1; }`;
  await connection.must(`${unit.name}`, script, { signal, timeoutMs: 2 * READY_LIMIT_MS + SCRIPT_MARGIN_MS });
}

/** Stops units that do not belong on the host any more; their files go with the host's other files. */
export async function stopUnits(connection: HostConnection, names: readonly string[], signal: AbortSignal): Promise<void> {
  if (names.length === 0) return;
  const units = names.map(quoteForShell).join(' ');
  await connection.must('stopping units', `systemctl disable --now ${units} 2>/dev/null || systemctl stop ${units} 2>/dev/null || true`, { signal });
}
