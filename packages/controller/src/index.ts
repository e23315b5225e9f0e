/**
 * The control loop: watched changes give keys, a key a snapshot, a snapshot (purely) a plan of actions, which are then performed.
 * Guarantees: one key is never reconciled twice at once, nor on a local copy older than the loop's own writes; a refused action puts the
 * key back with growing delay. Non-goals: leadership (packages/client), and knowing any kind.
 */
export { nothingToDo, type Action, type Outcomes, type Plan, type Writable } from './action.ts';
export { controller, ownKey, TryAgain, watch, type Controller, type Listers, type Look, type Reach, type Watch } from './controller.ts';
export { Expectations, type SeenSoFar } from './expectations.ts';
export { adoptingOwner, claim, controllerKeys, controllerOf, controllerReference, wouldAdopt, type Claim, type ClaimOptions } from './ownership.ts';
export { perform, type Performer } from './perform.ts';
export { prepareControllers, runControllers, type ControllerDependencies } from './run-controllers.ts';
export { componentOptions, type ComponentOptions, type ComponentTable, type WithComponent } from './component-options.ts';
export { runComponent, runConnected, type Component, type Connected, type Runtime } from './run-component.ts';
export { runOperator, type Operator, type OperatorProcess } from './run-operator.ts';
