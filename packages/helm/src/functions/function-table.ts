import type { Rng } from '@kubernode/base';
import type { FunctionTable } from '../template/go-function.ts';
import { cryptoFunctions } from './crypto-functions.ts';
import { dateFunctions } from './date-functions.ts';
import { dictFunctions } from './dict-functions.ts';
import { encodingFunctions } from './encoding-functions.ts';
import { listFunctions } from './list-functions.ts';
import { logicFunctions } from './logic-functions.ts';
import { numberFunctions } from './number-functions.ts';
import { regexFunctions } from './regex-functions.ts';
import { semverFunctions } from './semver-functions.ts';
import { stringFunctions } from './string-functions.ts';
import { urlFunctions } from './url-functions.ts';

/** sprig's functions and Helm's coding functions; `now` in ms since 1970. */
export function functionTable(source: { now: number; rng: Rng }): FunctionTable {
  return {
    ...stringFunctions(source), ...numberFunctions, ...listFunctions, ...dictFunctions, ...logicFunctions, ...encodingFunctions,
    ...regexFunctions, ...semverFunctions, ...urlFunctions, ...dateFunctions(source), ...cryptoFunctions(source),
  };
}
