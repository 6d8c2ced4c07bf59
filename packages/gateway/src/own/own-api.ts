import { compilePlan, createMemoryReader, loadDocument, parsePolicy, type Policy, type Ports } from '@sallyport/core';
import { createOwnUpstream, type OwnHandler } from './own-upstream.ts';
import { ownHeaders } from '../wire/own-headers.ts';
import type { GuardedApi } from '../exchange/guarded-api.ts';

export interface OwnApiOptions {
  /** The name of the document in records and problems. */
  readonly name: string;
  /** An OpenAPI document. */
  readonly document: object;
  /** Over the safe defaults: nothing of the guarded API's own rules holds here. */
  readonly policy: Partial<Policy>;
  readonly ports: Ports;
  readonly handlers: ReadonlyMap<string, OwnHandler>;
  readonly life: GuardedApi['life'];
  readonly thumbprint: GuardedApi['thumbprint'];
  /** Renders denials that are not told as problems; absent: all are. */
  readonly renderDenial?: GuardedApi['renderDenial'];
  /** Absent: no proxy passes certificates on here. */
  readonly forwarded?: GuardedApi['forwarded'];
}

/** Guards operations of Sallyport's own with its own stages. Throws `ConfigurationError` where document and policy do not fit. */
export function createOwnApi(options: OwnApiOptions): GuardedApi {
  const defaults = parsePolicy(
    { file: options.name, text: 'upstream: http://127.0.0.1:1' },
    { environment: () => undefined, readFile: () => '' },
  );
  const policy: Policy = { ...defaults, ...options.policy };
  const document = loadDocument(createMemoryReader({ [options.name]: JSON.stringify(options.document) }), options.name);
  return {
    plan: compilePlan(document, policy),
    ports: options.ports,
    upstream: createOwnUpstream(options.handlers),
    upstreamBasePath: '',
    takesWhole: true,
    ownHeaders: ownHeaders(policy),
    life: options.life,
    thumbprint: options.thumbprint,
    forwarded: options.forwarded ?? null,
    classified: new Set(),
    ...(options.renderDenial === undefined ? {} : { renderDenial: options.renderDenial }),
  };
}
