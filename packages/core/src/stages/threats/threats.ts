import type { Exchange } from '../../exchange.ts';
import type { ContentCoding, InflatePort } from '../../ports.ts';
import { DEFAULT_THREAT_POLICY } from '../../policy/threat-policy.ts';
import { modesFor, operationPolicy } from '../../policy/operation-policy.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { deny } from '../../verdict/denial.ts';
import type { DataStage } from '../stage.ts';
import { BodyTexts, hasTexts } from './body-texts.ts';
import { mostInflated } from './coded-body.ts';
import { ParameterTexts } from './parameter-texts.ts';
import { type Finding, MAX_FINDINGS, type TextLocation, type TextVisitor, ThreatJudge } from './threat-judge.ts';

export interface ThreatsRule {
  readonly id: string;
  readonly judge: ThreatJudge;
  readonly readsBody: boolean;
  /** Whether bodies are held to what the document declares. */
  readonly enforcesBody: boolean;
  readonly maxBodyBytes: number;
  /** Compiled from the operation's schemas on first use: a large document has thousands, and most are never called. */
  texts(): RequestTexts;
}

interface RequestTexts {
  readonly parameters: ParameterTexts;
  readonly body: BodyTexts;
  readonly description: readonly string[];
}

/**
 * Refuses requests with a free text that looks like an injection: THREAT_DETECTED, with the category, the score and the feature for the
 * operator, and the place alone for the client. Values that their schema confines are not looked at, as long as the rule that holds them to it
 * is enforced. Runs over parameters, and over the body once it was accepted; linear in what came.
 */
export const threats: DataStage<ThreatsRule> = {
  name: 'threats',

  compile(operation, context) {
    const policy = context.policy.threats ?? DEFAULT_THREAT_POLICY;
    const modes = modesFor(context.policy, operation);
    let texts: RequestTexts | null = null;
    const judge = new ThreatJudge(policy, operation);
    return {
      id: operation.id,
      judge,
      readsBody: hasTexts(operation),
      enforcesBody: modes.body === 'enforce',
      maxBodyBytes: operationPolicy(context.policy, operation).maxBodyBytes ?? context.policy.requests.maxBodyBytes,
      texts() {
        if (texts === null) {
          const parameters = new ParameterTexts(operation, context, modes.parameters === 'enforce', policy.headers);
          const body = new BodyTexts(operation, context, modes.body === 'enforce');
          const lines = [...parameters.describe(), ...body.describe()];
          lines.push(...judge.describe());
          if (policy.headers) lines.push('looked into: header fields that are not declared');
          texts = { parameters, body, description: lines };
        }
        return texts;
      },
    };
  },

  readsBody: (rule, exchange) => rule.readsBody || (!rule.enforcesBody && rule.texts().body.reads(exchange)),

  gather(rule, exchange, { inflater }) {
    const { body } = exchange;
    // Where bodies are enforced, none gets here compressed.
    if (rule.enforcesBody || body === null || inflater === undefined) return undefined;
    const codings = rule.texts().body.inflates(exchange);
    return codings === null ? undefined : inflate(inflater, body, codings, exchange, rule.maxBodyBytes);
  },

  decide(rule, exchange) {
    const findings: Finding[] = [];
    visitTexts(rule, exchange, (text, uri, location) => {
      if (findings.length >= MAX_FINDINGS) return;
      const finding = rule.judge.judge(text, uri, location);
      if (finding !== null) note(finding, findings);
    });
    let worst: Finding | null = null;
    for (const finding of findings) if (worst === null || finding.threat.score > worst.threat.score) worst = finding;
    if (worst === null) return null;
    const { category, score, feature } = worst.threat;
    return deny('THREAT_DETECTED', 'threats', {
      rule: rule.id,
      errors: findings.map(({ error }) => error),
      facts: { category, score, feature },
    });
  },

  explain(rule, exchange) {
    const notes: string[] = [];
    visitTexts(rule, exchange, (text, uri, location) => {
      if (notes.length >= MAX_FINDINGS) return;
      const threat = rule.judge.weigh(text, uri, location);
      if (threat === null) return;
      const place = location.in === 'body' ? `/${location.tokens().join('/')}` : (location.name ?? '');
      notes.push(`${location.in} ${place}: ${threat.category} ${threat.score} (${threat.feature})`);
      if (threat.category === 'ssrf' && uri) notes.push(wayWithin(location));
    });
    return notes;
  },

  describe: (rule) => rule.texts().description,
};

/** What an operator writes where a URI may lead there. */
function wayWithin(location: TextLocation): string {
  const field =
    location.in === 'body' ? `body:${joinPointer('', ...location.tokens())}` : `${location.in}:${location.name ?? ''}`;
  return `where it may lead there: threats.exceptions: [{ field: ${JSON.stringify(field)}, hosts: [HOST] }], or an enum or a pattern of its schema that names the host`;
}

async function inflate(
  inflater: InflatePort,
  body: Uint8Array,
  codings: readonly ContentCoding[],
  exchange: Exchange,
  maxBytes: number,
): Promise<void> {
  exchange.inflated = await inflater.inflate(body, codings, mostInflated(body.length, maxBytes));
}

/** One for each place, the heaviest: a text is looked at as all that it may be read as. */
function note(finding: Finding, findings: Finding[]): void {
  const { in: where, name, pointer } = finding.error;
  const known = findings.findIndex(
    ({ error }) => error.in === where && error.name === name && error.pointer === pointer,
  );
  if (known < 0) findings.push(finding);
  else if (finding.threat.score > (findings[known] as Finding).threat.score) findings[known] = finding;
}

function visitTexts(rule: ThreatsRule, exchange: Exchange, visit: TextVisitor): void {
  const { parameters, body } = rule.texts();
  parameters.visit(exchange, visit);
  body.visit(exchange, visit);
}
