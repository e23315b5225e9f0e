import { CelCompileError, compile, type CompiledExpression } from '../compile.ts';
import type { Environment } from '../check/declarations.ts';
import type { SizeHint } from '../cost/estimate.ts';
import type { Activation } from '../eval/frame.ts';
import { kubernetesFunctions } from '../library/kubernetes.ts';
import { quantityType, toQuantity } from '../library/quantities.ts';
import { toSemver } from '../library/semvers.ts';
import { boolType, dynType, formatType, mapType, stringType, structType, type CelType } from '../types/cel-type.ts';
import { ArrayList } from '../values/list.ts';
import { CelMap, EntryMap } from '../values/map.ts';
import { CelError, CelStruct, type Result, type SameValues, type Value } from '../values/value.ts';

/** What an evaluation of a selector may cost at most. */
export const DEVICE_SELECTOR_COST_MAX = 1_000_000;
/** How many attributes and capacities a device has at most, how long their values and the names of drivers are. */
const ENTRIES_MAX = 32;
const VALUE_LENGTH_MAX = 64;

const deviceType = structType('kubernetes.DRADevice');
const FIELDS: ReadonlyMap<string, CelType> = new Map([
  ['driver', stringType], ['allowMultipleAllocations', boolType], ['attributes', mapType(stringType, mapType(stringType, dynType))], ['capacity', mapType(stringType, mapType(stringType, quantityType))],
]);

/** What selectors of devices may name: one device. What its attributes are is known only when there is one. */
const environment: Environment = {
  variables: new Map([['device', deviceType]]), functions: kubernetesFunctions, bindings: true,
  types: { hasStruct: (name) => name === deviceType.name, fieldType: (_struct, field) => FIELDS.get(field), create: (struct) => new CelError(`unknown type: ${struct}`) },
};

/** The selector ready to run, or what is wrong with it. */
export function compileDeviceSelector(text: string): CompiledExpression | string {
  try {
    const compiled = compile(text, environment);
    const { resultType } = compiled;
    return resultType.kind === 'bool' || resultType.kind === 'dyn' ? compiled : `must evaluate to bool or the unknown type, not ${formatType(resultType)}`;
  } catch (error) {
    if (error instanceof CelCompileError) return `compilation failed: ${error.message}`;
    throw error;
  }
}

/** For estimates of what a selector costs before there is a device. */
export const deviceSizeHint: SizeHint = ({ path, type }) => (path?.[0] === 'device' ? { min: 0, max: type.kind === 'map' ? ENTRIES_MAX : VALUE_LENGTH_MAX } : undefined);

/** A device as its driver describes it. Names of attributes and capacities without a domain are the driver's. */
export interface DescribedDevice {
  readonly driver: string;
  readonly allowMultipleAllocations?: boolean | undefined;
  readonly attributes?: Readonly<Record<string, { bool?: boolean; int?: number; string?: string; version?: string; bools?: readonly boolean[]; ints?: readonly number[]; strings?: readonly string[]; versions?: readonly string[] }>> | undefined;
  readonly capacity?: Readonly<Record<string, { value: string }>> | undefined;
}

/** The variable `device` for an evaluation. */
export function deviceActivation(device: DescribedDevice): Activation {
  const value = new DeviceValue(device);
  return { get: (name) => (name === 'device' ? value : undefined) };
}

class DeviceValue extends CelStruct {
  readonly type: CelType = deviceType;
  readonly #device: DescribedDevice;
  readonly #attributes: CelMap;
  readonly #capacity: CelMap;

  constructor(device: DescribedDevice) {
    super();
    this.#device = device;
    this.#attributes = byDomain(device.driver, Object.entries(device.attributes ?? {}).map(([name, one]) => [name, attributeValue(one)]));
    this.#capacity = byDomain(device.driver, Object.entries(device.capacity ?? {}).map(([name, { value }]) => [name, known(toQuantity(value))]));
  }

  get(field: string): Result | undefined {
    switch (field) {
      case 'driver': return this.#device.driver;
      case 'allowMultipleAllocations': return this.#device.allowMultipleAllocations ?? false;
      case 'attributes': return this.#attributes;
      case 'capacity': return this.#capacity;
      default: return undefined;
    }
  }

  equals(other: CelStruct, _same: SameValues): boolean { return this === other; }
}

type Attribute = NonNullable<DescribedDevice['attributes']>[string];

function attributeValue({ bool, int, string, version, bools, ints, strings, versions }: Attribute): Value {
  if (bool !== undefined) return bool;
  if (int !== undefined) return BigInt(int);
  if (string !== undefined) return string;
  if (version !== undefined) return known(toSemver(version));
  if (bools !== undefined) return new ArrayList([...bools]);
  if (ints !== undefined) return new ArrayList(ints.map(BigInt));
  if (strings !== undefined) return new ArrayList([...strings]);
  return new ArrayList((versions ?? []).map((one) => known(toSemver(one))));
}

/** The API server lets only well-formed texts in. */
function known(result: Result): Value { return result instanceof CelError ? null : result; }

function byDomain(driver: string, entries: readonly (readonly [string, Value])[]): CelMap {
  const domains = new Map<string, [string, Value][]>();
  for (const [name, value] of entries) {
    const slash = name.indexOf('/');
    const domain = slash < 0 ? driver : name.slice(0, slash);
    const inner = domains.get(domain);
    const entry: [string, Value] = [name.slice(slash + 1), value];
    if (inner === undefined) domains.set(domain, [entry]);
    else inner.push(entry);
  }
  return new DomainMap([...domains].map(([domain, inner]) => [domain, new EntryMap(inner)]));
}

const NOTHING = new EntryMap();

/** A domain that says nothing is empty rather than missing, so that expressions need not ask for it first. */
class DomainMap extends CelMap {
  readonly #known: EntryMap;

  constructor(entries: Iterable<readonly [Value, Value]>) {
    super();
    this.#known = new EntryMap(entries);
  }

  get size(): number { return this.#known.size; }
  get(key: Value): Value | undefined { return this.#known.get(key) ?? (typeof key === 'string' ? NOTHING : undefined); }
  keys(): Iterable<Value> { return this.#known.keys(); }
}
