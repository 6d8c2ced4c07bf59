export * from './configuration-error.ts';
