import { isAlreadyExists, isNotFound, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { bootstrapObjects } from '../authz/bootstrap-objects/bootstrap-objects.ts';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { isMandatory } from '../registry/flowcontrol/mandatory-objects.ts';
import { jsonEquals } from '../registry/write/json-equals.ts';

/** Says whether the server keeps an object's spec as it thinks right; operators set it to `false` to keep their own. */
const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';
const GROUP = 'flowcontrol.apiserver.k8s.io';
/** As Kubernetes calls the part that writes them. */
const WRITTEN_AS = { manager: 'api-priority-and-fairness-config-producer-v1' };
const CHECK_INTERVAL_MS = 60_000;

/** Levels before schemas, which refer to them. */
const KEPT: readonly { resource: string; objects: readonly Readonly<KubeObject>[] }[] = [
  { resource: 'prioritylevelconfigurations', objects: bootstrapObjects.priorityLevelConfigurations },
  { resource: 'flowschemas', objects: bootstrapObjects.flowSchemas },
];

type Writer = Pick<ObjectWriter, 'list' | 'create' | 'update' | 'remove'>;

/** Looks after the flow control objects that every cluster has, as long as the server lives. Every replica does; they agree. */
export async function runFlowControlObjects({ writer, clock, logger }: { writer: Writer; clock: Clock; logger: Logger }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(CHECK_INTERVAL_MS, { signal });
      await ensureFlowControlObjects(writer);
    } catch (error) {
      if (isAbortError(error)) return;
      logger.warn('could not look after the objects of flow control; tried again in a minute', { error: errorMessage(error) });
    }
  }
}

/** Creates what is missing, brings back what was changed and may not be, removes what an older server kept and this one doesn't. */
export async function ensureFlowControlObjects(writer: Writer): Promise<void> {
  for (const { resource, objects } of KEPT) {
    const current = new Map((await writer.list({ group: GROUP, resource }, '')).map((object) => [object.metadata.name, object]));
    for (const wanted of objects) await ensure(writer, resource, { wanted, current: current.get(wanted.metadata.name) });
  }
  for (const { resource, objects } of [...KEPT].reverse()) {
    const wanted = new Set(objects.map(({ metadata: { name } }) => name));
    for (const object of await writer.list({ group: GROUP, resource }, '')) {
      if (!wanted.has(object.metadata.name) && parseBoolean(object.metadata.annotations?.[AUTO_UPDATE]) === true) await remove(writer, resource, object.metadata.name);
    }
  }
}

async function ensure(writer: Writer, resource: string, { wanted, current }: { wanted: Readonly<KubeObject>; current: Readonly<KubeObject> | undefined }): Promise<void> {
  try {
    if (current === undefined) await writer.create<KubeObject>({ group: GROUP, resource }, wanted, WRITTEN_AS);
    else if (revised(current, wanted) !== undefined) await writer.update<KubeObject>({ group: GROUP, resource }, { namespace: '', name: wanted.metadata.name }, (newest) => revised(newest, wanted), WRITTEN_AS);
  } catch (error) {
    if (!isAlreadyExists(error) && !isNotFound(error)) throw error; // another replica or a user was faster: seen to the next time
  }
}

async function remove(writer: Writer, resource: string, name: string): Promise<void> {
  try {
    await writer.remove({ group: GROUP, resource }, '', name);
  } catch (error) {
    if (!isNotFound(error)) throw error; // another replica was faster
  }
}

/**
 * The object as it has to be; undefined where it is so. Mandatory objects always get their spec back. Suggested ones do unless an
 * operator has changed them, by the annotation or, without one, by the spec itself. Pure.
 */
export function revised(current: Readonly<KubeObject>, wanted: Readonly<KubeObject>): KubeObject | undefined {
  const { annotations = {}, generation = 0, name } = current.metadata;
  const asked = parseBoolean(annotations[AUTO_UPDATE]);
  const keepsSpec = isMandatory(name) || (asked ?? generation === 1);
  const changesSpec = keepsSpec && !specFits(current, wanted);
  if (asked === keepsSpec && !changesSpec) return undefined;
  const metadata = { ...current.metadata, annotations: asked === keepsSpec ? annotations : { ...annotations, [AUTO_UPDATE]: String(keepsSpec) } };
  return { ...current, metadata, ...(changesSpec && { spec: wanted['spec'] }) };
}

/** What the exempt level is given to lend is the operator's affair. */
function specFits(current: Readonly<KubeObject>, wanted: Readonly<KubeObject>): boolean {
  const [has, wants] = [current['spec'], wanted['spec']] as [{ exempt?: object } | undefined, { exempt?: object }]; // levels and schemas have specs
  if (current.kind !== 'PriorityLevelConfiguration' || current.metadata.name !== 'exempt') return jsonEquals(has, wants);
  return has?.exempt !== undefined && jsonEquals({ ...has, exempt: undefined }, { ...wants, exempt: undefined });
}

const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Go's spellings; undefined for anything else. */
function parseBoolean(text = ''): boolean | undefined {
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}
