import type { ManagedFieldsEntry } from '../meta/object-meta.ts';
import { managedFieldsAfterScale, managedFieldsOfScale } from './scale-fields.ts';

const replicas = { 'apps/v1': ['spec', 'replicas'] };
const entry = (manager: string, fieldsV1: object, rest: ManagedFieldsEntry = {}): ManagedFieldsEntry => ({ manager, operation: 'Apply', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: fieldsV1 as Record<string, unknown>, ...rest }); // JSON
const owner = entry('m1', { 'f:spec': { 'f:replicas': {}, 'f:selector': {} } }, { time: '2026-01-01T00:00:00Z' });
const ofScale = (manager: string, rest: ManagedFieldsEntry = {}): ManagedFieldsEntry => entry(manager, { 'f:spec': { 'f:replicas': {} } }, { apiVersion: 'autoscaling/v1', ...rest });

test('managedFieldsOfScale shows who owns the replicas', () => {
  expect(managedFieldsOfScale([owner, entry('m2', { 'f:spec': { 'f:selector': {} } })], replicas)).toEqual([ofScale('m1', { time: '2026-01-01T00:00:00Z' })]);
  expect(managedFieldsOfScale(undefined, replicas)).toBeUndefined();
});

test('managedFieldsAfterScale moves the replicas to who took them, without a time', () => {
  const scaleEntries = [ofScale('m2', { subresource: 'scale', time: '2026-02-02T00:00:00Z' })];
  expect(managedFieldsAfterScale({ entries: [owner], scaleEntries, apiVersion: 'apps/v1', replicas })).toEqual([
    entry('m2', { 'f:spec': { 'f:replicas': {} } }, { subresource: 'scale' }),
    entry('m1', { 'f:spec': { 'f:selector': {} } }, { time: '2026-01-01T00:00:00Z' }),
  ]);
});

test('managedFieldsAfterScale leaves all as it is when nobody took them', () => {
  expect(managedFieldsAfterScale({ entries: [owner], scaleEntries: managedFieldsOfScale([owner], replicas), apiVersion: 'apps/v1', replicas })).toEqual([owner]);
});
