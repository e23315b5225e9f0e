import type { Functions } from '../check/declarations.ts';
import { addresses } from './addresses.ts';
import { arithmetic } from './arithmetic.ts';
import { authorization } from './authorizer.ts';
import { comparison } from './comparison.ts';
import { containers } from './containers.ts';
import { conversions } from './conversions.ts';
import { functionTable } from './define.ts';
import { formats } from './formats.ts';
import { jsonPatch } from './json-patch.ts';
import { lists } from './lists.ts';
import { optionals } from './optionals.ts';
import { quantities } from './quantities.ts';
import { regex } from './regex.ts';
import { semvers } from './semvers.ts';
import { sets } from './sets.ts';
import { strings } from './strings.ts';
import { time } from './time.ts';
import { urls } from './urls.ts';

/** Every function that expressions have in Kubernetes 1.36, whatever they are used for. */
export const kubernetesFunctions: Functions = functionTable(
  comparison, arithmetic, containers, conversions, strings, time, lists, sets, optionals, regex, urls, addresses, quantities, formats, semvers, authorization,
);

/** With what mutating admission policies have on top. */
export const mutationFunctions: Functions = functionTable([...kubernetesFunctions], jsonPatch);
