import type { ThreatCategory } from '../../policy/threat-policy.ts';
import type { Shape } from './shapes/shape.ts';

/** One thing that a text was found to be: how sure, and by which feature. Never holds any of the text. */
export interface Threat {
  readonly category: ThreatCategory;
  /** From 1, which means nothing by itself, to 10, which no honest text is known to reach. */
  readonly score: number;
  /** The feature that weighed most, in words: `boolean condition behind a closed literal`. */
  readonly feature: string;
}

const SUPPORT = 1;

/**
 * Collects what the detectors say of one text. Features of a category support each other: the heaviest counts whole, each further one
 * adds 1, at most 10 in all.
 */
export class ThreatCollector {
  #found: Map<ThreatCategory, { score: number; feature: string; readonly features: Set<string> }> | null = null;
  #shapes: Set<Shape> | null = null;

  add(category: ThreatCategory, score: number, feature: string): void {
    if (score <= 0) return;
    this.#found ??= new Map();
    const found = this.#found.get(category);
    if (found === undefined) {
      this.#found.set(category, { score, feature, features: new Set([feature]) });
      return;
    }
    if (score > found.score) {
      found.score = score;
      found.feature = feature;
    }
    found.features.add(feature);
  }

  /** Keeps that the shape was found, and says so. */
  addShape(shape: Shape): void {
    this.#shapes ??= new Set();
    this.#shapes.add(shape);
    this.add(shape.category, shape.score, shape.feature);
  }

  hasShape(shape: Shape): boolean {
    return this.#shapes?.has(shape) === true;
  }

  get empty(): boolean {
    return this.#found === null;
  }

  /** Heaviest first. */
  threats(): readonly Threat[] {
    return [...(this.#found ?? [])]
      .map(([category, { score, feature, features }]) => ({
        category,
        score: Math.min(10, score + SUPPORT * Math.min(2, features.size - 1)),
        feature,
      }))
      .sort((one, other) => other.score - one.score);
  }
}
