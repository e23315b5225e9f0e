import type { GoFields } from '@kubernode/apimachinery';
import goFieldsJson from './facts/go-fields.json' with { type: 'json' };

/** How the Go types behind the schemas write their fields, by schema name; made by hack/update-go-fields.ts. */
export const goFields: Readonly<Record<string, GoFields>> = goFieldsJson as Readonly<Record<string, GoFields>>; // generated in this shape
