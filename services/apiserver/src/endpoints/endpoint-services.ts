import type { KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { WatchMetrics } from './watch-metrics.ts';
import type { WriteServices } from '../registry/write/write-request.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { ApiRequest, BufferedAnswer, Handler, RequestContext } from '../pipeline/api-request.ts';

export interface TableOptions {
  /** metadata of the list, or of the object when it is one. */
  metadata: Readonly<Record<string, unknown>>;
  version: 'v1' | 'v1beta1';
  includeObject: 'None' | 'Metadata' | 'Object';
  /** Later events of a watch leave the column definitions out. */
  withoutHeaders?: boolean | undefined;
  now: number;
}

/** Objects as rows for people to read, ready to be encoded. */
export type PrintTable = (served: ServedResource, objects: readonly Readonly<KubeObject>[], options: TableOptions) => object;

/** What the endpoints of all resources share. */
export interface EndpointServices {
  clock: Clock;
  logger: Logger;
  write: WriteServices;
  printTable: PrintTable;
  encodeProtobuf: EncodeProtobuf;
  /** Throws 403 unless the user may also create what a write of another verb is about to create. */
  authorizeCreate(request: ApiRequest, context: RequestContext): Promise<void>;
  /** The same as a question: why not; undefined when the user may. */
  reasonAgainstCreate(request: ApiRequest, context: RequestContext): Promise<string | undefined>;
  watchMetrics: WatchMetrics;
  /** Shortest and, by chance up to twice that, default time of watches without a timeout of their own. */
  minRequestTimeoutMs: number;
}

/** An object in the binary encoding, its envelope included; undefined for kinds that have none. */
export type EncodeProtobuf = (object: object) => Buffer | undefined;

/** A verb of a stored resource. */
export type Verb = (served: ServedResource, services: EndpointServices) => Handler;

export type { BufferedAnswer };
