import type { flowcontrolV1 } from '@kubernode/api';
import { formatTime, isNotFound, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';

type FlowSchema = flowcontrolV1.FlowSchema & KubeObject;
type Condition = flowcontrolV1.FlowSchemaCondition;

const GROUP = 'flowcontrol.apiserver.k8s.io';
const SCHEMAS = { group: GROUP, resource: 'flowschemas' };
/** As Kubernetes calls the part that says it. */
const WRITTEN_AS = { manager: 'api-priority-and-fairness-config-consumer-v1', subresource: 'status' } as const;
/** Changes that come this close together are looked at once; a failed write is tried again after it. */
const SETTLE_MS = 500;

/** The condition that says whether a schema's level exists; undefined where it stands already. */
export function danglingCondition(schema: Readonly<FlowSchema>, hasLevel: (name: string) => boolean, now: number): Condition | undefined {
  const level = schema.spec?.priorityLevelConfiguration?.name ?? '';
  const exists = hasLevel(level);
  const said = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const wanted = exists ? { status: 'False', reason: 'Found', message: `${said} and it exists` } : { status: 'True', reason: 'NotFound', message: `${said} but there is no such object` };
  const current = schema.status?.conditions?.find(({ type }) => type === 'Dangling');
  if (current?.status === wanted.status && current.reason === wanted.reason && current.message === wanted.message) return undefined;
  return { type: 'Dangling', ...wanted, lastTransitionTime: formatTime(now) };
}

/** Keeps the conditions of all flow schemas. Every replica does; what one has written, the others leave alone. */
export async function runFlowSchemaStatus({ sources, writer, clock, logger }: { sources: ObjectSources; writer: Pick<ObjectWriter, 'get' | 'apply'>; clock: Clock; logger: Logger }, signal: AbortSignal): Promise<void> {
  const schemas = sources<FlowSchema>(SCHEMAS);
  const levels = sources({ group: GROUP, resource: 'prioritylevelconfigurations' });
  const changes = new WakeUp();
  using _schemas = schemas.onChange(() => { changes.ring(); });
  using _levels = levels.onChange(() => { changes.ring(); });
  changes.ring();
  const hasLevel = (name: string): boolean => levels.get('', name) !== undefined;
  while (!signal.aborted) {
    try {
      await changes.heard(signal);
      await clock.sleep(SETTLE_MS, { signal });
      if (!schemas.ready || !levels.ready) { changes.ring(); continue; }
      for (const schema of schemas.list()) {
        if (danglingCondition(schema, hasLevel, clock.now()) !== undefined) await writeCondition(schema.metadata.name, { writer, clock, hasLevel });
      }
    } catch (error) {
      if (isAbortError(error)) return;
      changes.ring();
      logger.warn('the status of a flow schema could not be written and is tried again', { error: errorMessage(error) });
    }
  }
}

async function writeCondition(name: string, { writer, clock, hasLevel }: { writer: Pick<ObjectWriter, 'get' | 'apply'>; clock: Clock; hasLevel(name: string): boolean }): Promise<void> {
  try {
    const newest = await writer.get<FlowSchema>(SCHEMAS, '', name); // another replica may have said it
    const condition = newest && danglingCondition(newest, hasLevel, clock.now());
    if (condition !== undefined) await writer.apply(SCHEMAS, { namespace: '', name }, { status: { conditions: [{ ...condition }] } }, WRITTEN_AS);
  } catch (error) {
    if (!isNotFound(error)) throw error; // deleted meanwhile
  }
}
