/**
 * How Kubernetes' Go types write their fields, which OpenAPI does not say: a pointer keeps `false`, a plain bool is left out.
 * One entry for each schema; fields that are not mentioned are written when they were set.
 */
export interface GoFields {
  /** Scalars that are left out when they are `""`, `0` or `false`. */
  readonly omit?: readonly string[];
  /** Fields that are always written, with their value when nothing was set; `{}` stands for the empty struct. */
  readonly always?: Readonly<Record<string, unknown>>;
  /** The types by which decoding errors name fields where the schema does not tell: `v1.Protocol`. */
  readonly types?: Readonly<Record<string, string>>;
}

/** Facts by schema name; undefined for a schema whose fields need none. */
export type GoFieldsOf = (name: string) => GoFields | undefined;
