export type * from './store/object-store.ts';
