import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { LeaderAction, Tenure } from '../checkers/single-leader.ts';
import type { WatchLog } from '../checkers/watch-log.ts';

/** One line of an audit log, as far as it is looked at. */
interface AuditEvent { readonly requestURI: string; readonly user?: { readonly groups?: readonly string[] }; readonly verb: string; readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string }; readonly responseStatus?: { readonly code?: number }; readonly responseObject?: { readonly kind?: string; readonly metadata?: { readonly resourceVersion?: string }; readonly spec?: { readonly holderIdentity?: string } } }

/** Written by everybody who runs, leading or not. */
const NOT_LED = new Set(['leases', 'events']);
const GROUP = 'chaos:';

/** Reads what was appended to the API servers' audit logs, and finds in it who led and who acted. */
export class LeaderActions {
  readonly #files: readonly string[];
  readonly #read: Map<string, number> = new Map();
  /** Identities in leases, to the replicas that wrote them. */
  readonly #replicas: Map<string, string> = new Map();

  constructor(files: readonly string[]) { this.#files = files; }

  /** Actions by component (`kube-scheduler`) since the last time. `pods` tells at which revision a pod got its node. */
  take(pods: WatchLog): ReadonlyMap<string, readonly LeaderAction[]> {
    const bound = bindings(pods);
    const actions = new Map<string, LeaderAction[]>([['kube-scheduler', []], ['kube-controller-manager', []]]);
    for (const file of this.#files) for (const event of this.#newEvents(file)) {
      const replica = event.user?.groups?.find((group) => group.startsWith(GROUP))?.slice(GROUP.length);
      if (replica === undefined || (event.responseStatus?.code ?? 500) >= 300 || event.requestURI.includes('dryRun=')) continue;
      const holder = event.responseObject?.spec?.holderIdentity;
      if (event.objectRef?.resource === 'leases' && holder !== undefined && holder !== '') this.#replicas.set(holder, replica);
      const action = actionOf(event, replica, bound);
      if (action !== undefined) actions.get(`kube-${replica.replace(/-\d+$/, '')}`)?.push(action);
    }
    return actions;
  }

  /** Who held a component's lease, from what a watcher of leases saw. */
  tenures(component: string, leases: WatchLog): readonly Tenure[] {
    const tenures: Tenure[] = [];
    const add = (revision: number, holder: string | undefined): void => {
      const replica = holder === undefined || holder === '' ? undefined : this.#replicas.get(holder);
      if (tenures.length === 0 || tenures.at(-1)?.replica !== replica) tenures.push({ revision, replica });
    };
    for (const entry of leases.entries) {
      if (entry.kind === 'list') { const seen = entry.items.get(component); if (seen !== undefined) add(seen.revision, seen.value); }
      else if (entry.key === component) add(entry.revision, entry.type === 'DELETED' ? undefined : entry.value);
    }
    return tenures;
  }

  * #newEvents(file: string): Generator<AuditEvent> {
    if (!existsSync(file)) return;
    const [from, to] = [this.#read.get(file) ?? 0, statSync(file).size];
    const bytes = Buffer.alloc(to - from);
    const open = openSync(file, 'r');
    readSync(open, bytes, 0, bytes.length, from);
    closeSync(open);
    const whole = bytes.lastIndexOf('\n') + 1; // the last line may still be written
    this.#read.set(file, from + whole);
    for (const line of bytes.subarray(0, whole).toString('utf8').split('\n')) {
      if (!line.startsWith('{') || !line.endsWith('}')) continue; // cut off when the server was killed
      try { yield JSON.parse(line) as AuditEvent; } catch { /* likewise */ }
    }
  }
}

/** At which revision a pod got its node; of pods that had one when first seen that is not known. */
function bindings({ entries }: WatchLog): ReadonlyMap<string, number | undefined> {
  const bound = new Map<string, number | undefined>();
  for (const entry of entries) {
    if (entry.kind === 'list') { for (const [key, { value }] of entry.items) if (value !== '' && !bound.has(key)) bound.set(key, undefined); }
    else if (entry.value !== '' && !bound.has(entry.key)) bound.set(entry.key, entry.type === 'MODIFIED' ? entry.revision : undefined);
  }
  return bound;
}

function actionOf({ verb, objectRef, responseObject }: AuditEvent, replica: string, bound: ReadonlyMap<string, number | undefined>): LeaderAction | undefined {
  const { resource = '', subresource, namespace = '', name = '' } = objectRef ?? {};
  if (NOT_LED.has(resource)) return undefined;
  const revision = subresource === 'binding' ? bound.get(name) : Number(responseObject?.metadata?.resourceVersion ?? Number.NaN);
  return revision === undefined || Number.isNaN(revision) ? undefined : { replica, revision, what: `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`} ${namespace}/${name}` };
}
