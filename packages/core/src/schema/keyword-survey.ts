import type { JsonObject, JsonValue } from '../json/json-value.ts';

/** What the normalizer saw while it wrote one definition. */
export interface KeywordSurvey {
  readonly patterns: Set<string>;
  unevaluated: boolean;
  prototype: boolean;
  prefixItems: boolean;
  contains: boolean;
  /** A required member whose name is empty. */
  unnamed: boolean;
  /** A text that is JSON. */
  content: boolean;
  /** What is held to be in one, by place. */
  readonly contentSchemas: Set<string>;
}

export function createSurvey(): KeywordSurvey {
  return {
    patterns: new Set(),
    unevaluated: false,
    prototype: false,
    prefixItems: false,
    contains: false,
    unnamed: false,
    content: false,
    contentSchemas: new Set(),
  };
}

/** Takes down what of a keyword matters to the choice of an engine. */
export function surveyKeyword(survey: KeywordSurvey, keyword: string, value: JsonValue): void {
  if (keyword === 'pattern') survey.patterns.add(value as string);
  else if (keyword === 'patternProperties')
    for (const source of Object.keys(value as JsonObject)) survey.patterns.add(source);
  else if (keyword === 'unevaluatedItems' || keyword === 'unevaluatedProperties') survey.unevaluated = true;
  else if (keyword === 'properties' && Object.hasOwn(value as JsonObject, '__proto__')) survey.prototype = true;
  else if (keyword === 'prefixItems') survey.prefixItems = true;
  else if (keyword === 'contains') survey.contains = true;
  else if (keyword === 'required') survey.unnamed ||= (value as readonly JsonValue[]).includes('');
  else if (keyword === 'dependentRequired')
    survey.unnamed ||= Object.values(value as JsonObject).some((names) => (names as readonly JsonValue[]).includes(''));
}

export function joinSurveys(surveys: readonly KeywordSurvey[]): KeywordSurvey {
  const all = createSurvey();
  for (const survey of surveys) {
    for (const source of survey.patterns) all.patterns.add(source);
    all.unevaluated ||= survey.unevaluated;
    all.prototype ||= survey.prototype;
    all.prefixItems ||= survey.prefixItems;
    all.contains ||= survey.contains;
    all.unnamed ||= survey.unnamed;
    all.content ||= survey.content;
    for (const place of survey.contentSchemas) all.contentSchemas.add(place);
  }
  return all;
}
