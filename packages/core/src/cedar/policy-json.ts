import type { PatternElement } from './like-pattern.ts';

/** The name of an entity in Cedar's JSON form, which writes it in two ways. */
export type EntityJson =
  | { readonly type: string; readonly id: string }
  | { readonly __entity: { readonly type: string; readonly id: string } };

type InConstraint = { readonly entity: EntityJson } | { readonly slot: string };

/** Whom or what a policy is about. */
export type ScopeJson =
  | { readonly op: 'All' }
  | ({ readonly op: '==' } & InConstraint)
  | ({ readonly op: 'in' } & (InConstraint | { readonly entities: readonly EntityJson[] }))
  | { readonly op: 'is'; readonly entity_type: string; readonly in?: InConstraint };

/** A node of an expression: an object with one member, named after the operator. */
export type ExpressionJson = { readonly [operator: string]: unknown };

/** Binary operators stand with `left` and `right`. */
export interface OperandsJson {
  readonly left: ExpressionJson;
  readonly right: ExpressionJson;
}

/** A policy in Cedar's JSON form. */
export interface PolicyJson {
  readonly effect: 'permit' | 'forbid';
  readonly principal: ScopeJson;
  readonly action: ScopeJson;
  readonly resource: ScopeJson;
  readonly conditions: readonly { readonly kind: 'when' | 'unless'; readonly body: ExpressionJson }[];
  readonly annotations?: Readonly<Record<string, string | null>>;
}

export interface LikeJson {
  readonly left: ExpressionJson;
  readonly pattern: readonly PatternElement[];
}

export interface IsJson {
  readonly left: ExpressionJson;
  readonly entity_type: string;
  readonly in?: ExpressionJson;
}

export interface HasJson {
  readonly left: ExpressionJson;
  /** One name, or a path of them. */
  readonly attr: string | readonly string[];
}

export interface ConditionalJson {
  readonly if: ExpressionJson;
  readonly then: ExpressionJson;
  readonly else: ExpressionJson;
}

/** Type and id, however they are written. */
export function entityOf(json: EntityJson): { readonly type: string; readonly id: string } {
  return '__entity' in json ? json.__entity : json;
}

/** The operator of a node and what it is applied to. */
export function nodeOf(expression: ExpressionJson): readonly [operator: string, operand: unknown] {
  for (const operator in expression) return [operator, expression[operator]];
  return ['', null];
}
