import type { Operation } from '../../openapi/model.ts';
import { indexByOperation } from '../../policy/by-operation.ts';
import { oncePer } from '../../once-per.ts';
import type { ThreatCategory, ThreatException, ThreatPolicy } from '../../policy/threat-policy.ts';
import type { FieldError } from '../../verdict/denial.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { inspectText, inspectXml } from './inspect-text.ts';
import type { Threat } from './threat.ts';

/** Where a text stands in a request. */
export interface TextLocation {
  readonly in: FieldError['in'];
  /** The parameter's name; null for a body. */
  readonly name: string | null;
  /** The place in a body; made only when asked. */
  readonly tokens: () => readonly string[];
  /** Asked only where something was found: false where the schema confines the text after all. Absent: it is free. */
  readonly free?: () => boolean;
  /** A whole text of XML: looked at for what XML itself can do, and not for what its elements are to a browser. */
  readonly xml?: boolean;
  /** Why nobody here reads the bytes there. */
  readonly unread?: Unread;
}

/** What keeps bytes from being read. */
export type Unread = keyof typeof UNREAD;

/** Told of each text of a request that is looked into. */
export type TextVisitor = (text: string, uri: boolean, location: TextLocation) => void;

/** A text that was found to look like an attack. */
export interface Finding {
  readonly error: FieldError;
  readonly threat: Threat;
}

const unread = (feature: string): readonly Threat[] => [{ category: 'xml', score: 7, feature }];
const UNREAD = {
  encoding: unread('an encoding that is not decoded'),
  compressed: unread('a compressed body that cannot be looked into'),
  'too-large': unread('a compressed body that is too large when it is inflated'),
};
const NO_TOKENS: readonly string[] = Object.freeze([]);
export const WHOLE = (): readonly string[] => NO_TOKENS;

/** Findings of one request, at most: more would only cost. */
export const MAX_FINDINGS = 20;

/** An exception for hosts that URIs may lead to. */
type Allowing = ThreatException & { readonly hosts: ReadonlySet<string> };

const exceptionsOf = oncePer((exceptions: readonly ThreatException[]) =>
  indexByOperation(exceptions, ({ operations }) => operations),
);

/** Judges texts by the policy for one operation: what counts, from which score, and where it is excepted. */
export class ThreatJudge {
  readonly #ignored: ReadonlySet<ThreatCategory>;
  readonly #exceptions: readonly ThreatException[];
  /** Those that name hosts. */
  readonly #allowing: readonly Allowing[];
  readonly #threshold: number;

  constructor(policy: ThreatPolicy, operation: Operation) {
    this.#threshold = policy.threshold;
    this.#ignored = policy.ignored;
    const exceptions = exceptionsOf(policy.exceptions)(operation);
    this.#exceptions = exceptions.filter(({ hosts }) => hosts === null);
    this.#allowing = exceptions.filter(namesHosts);
  }

  /** The heaviest threat that counts; null where none reaches the threshold. */
  judge(text: string, uri: boolean, location: TextLocation): Finding | null {
    const threat = this.weigh(text, uri, location);
    if (threat === null || threat.score < this.#threshold) return null;
    return { error: errorAt(location), threat };
  }

  /** The heaviest threat whatever its score; null where there is none, or the text needs no look. */
  weigh(text: string, uri: boolean, location: TextLocation): Threat | null {
    const threats =
      location.unread !== undefined
        ? UNREAD[location.unread]
        : location.xml === true
          ? inspectXml(text)
          : inspectText(text, uri);
    if (threats.length === 0) return null;
    const threat = this.#heaviest(this.#withoutAllowed(threats, text, uri, location), location);
    return threat === null || location.free?.() === false ? null : threat;
  }

  /** The same without hosts that URIs may lead to there. Asked only where a URI was found to lead within. */
  #withoutAllowed(threats: readonly Threat[], text: string, uri: boolean, location: TextLocation): readonly Threat[] {
    if (this.#allowing.length === 0 || !threats.some(({ category }) => category === 'ssrf')) return threats;
    const hosts = this.#allowing.filter(({ field }) => field === null || covers(field, location));
    return hosts.length === 0 ? threats : inspectText(text, uri, new Set(hosts.flatMap((one) => [...one.hosts])));
  }

  /** Where URIs may lead within, in words, a line each. */
  describe(): readonly string[] {
    return this.#allowing.map(({ field, hosts }) => {
      const where =
        field === null
          ? 'anywhere'
          : field.in === 'body'
            ? `body ${joinPointer('', ...field.tokens)}`
            : `${field.in} ${field.name}`;
      return `may lead within: ${where}, to ${[...hosts].join(', ')}`;
    });
  }

  /** The heaviest that is neither ignored nor excepted at the place. */
  #heaviest(threats: readonly Threat[], location: TextLocation): Threat | null {
    return (
      threats.find(({ category }) => !this.#ignored.has(category) && !this.#isExcepted(category, location)) ?? null
    );
  }

  #isExcepted(category: ThreatCategory, location: TextLocation): boolean {
    return this.#exceptions.some(
      ({ field, categories }) =>
        (categories === null || categories.has(category)) && (field === null || covers(field, location)),
    );
  }
}

function namesHosts(exception: ThreatException): exception is Allowing {
  return exception.hosts !== null;
}

function covers(field: NonNullable<ThreatException['field']>, location: TextLocation): boolean {
  if (field.in !== location.in) return false;
  if (field.in !== 'body') return field.name === (field.in === 'header' ? location.name?.toLowerCase() : location.name);
  const tokens = location.tokens();
  return (
    field.tokens.length <= tokens.length &&
    field.tokens.every((token, index) => token === '*' || token === tokens[index])
  );
}

function errorAt(location: TextLocation): FieldError {
  return {
    in: location.in,
    name: location.name,
    pointer: joinPointer('', ...location.tokens()),
    schema: null,
    keyword: 'threat',
    message: 'is not accepted',
  };
}
