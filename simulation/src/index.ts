/**
 * The whole control plane in one process: real API servers, scheduler and controllers on virtual time, over an etcd in memory and a
 * network that fails on purpose. One seed is one run, down to the last write. Guarantees: nothing ambient (clock, chance, sockets) takes
 * part. Non-goals: containers, iptables, and etcd's own faults between its members.
 */
export { World, type WorldOptions } from './world/world.ts';
export { simulate, type SimulationOptions, type SimulationResult } from './simulate.ts';
