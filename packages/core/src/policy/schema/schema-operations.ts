import {
  choice,
  date,
  defaulted,
  duration,
  later,
  type Field,
  list,
  number,
  object,
  optional,
  rate,
  size,
  text,
  union,
} from '../shape.ts';
import { CLAIM_NAME, HEADER_NAME, LIMIT_BY, LIMIT_NAME, OPERATION_KEY } from '../text-formats.ts';
import { RULE_NAMES } from '../policy.ts';
import { ownerExtensionShape } from './schema-ownership.ts';

export const MODES = ['off', 'observe', 'enforce'] as const;
const MAX_BODY_BYTES = 2 ** 30;

const modeField = () =>
  optional(
    choice(MODES),
    'What a denial does: off checks nothing, observe records it and lets the request go on, enforce refuses.',
  );

/** Modes by rule; `match` is for the whole API only, for without it there is no operation to ask. */
export const ruleModes = object({
  match: optional(choice(MODES), 'Requests that match no operation of the document.'),
  lifecycle: optional(choice(MODES), 'Retired operations.'),
  authentication: optional(choice(MODES), 'The security schemes of the document.'),
  limits: optional(choice(MODES), 'The limits below.'),
  authorization: optional(choice(MODES), 'The scopes that the document asks for.'),
  roles: optional(choice(MODES), 'The roles that may call an operation.'),
  policies: optional(choice(MODES), 'The policies in Cedar.'),
  parameters: optional(choice(MODES), 'Path, query, header and cookie parameters.'),
  body: optional(choice(MODES), 'Request bodies.'),
  ownership: optional(choice(MODES), 'Whose the objects are that a request names or an answer holds.'),
  threats: optional(choice(MODES), 'Injections in free text.'),
  properties: optional(choice(MODES), 'Who sees and who sets which properties.'),
  responses: optional(choice(MODES), 'Responses of the upstream.'),
  data: optional(choice(MODES), 'Sensitive data in responses that nothing marks.'),
  sanitise: optional(choice(MODES), 'What texts may hold.'),
} satisfies Record<(typeof RULE_NAMES)[number], Field>);

const operationModes = object({
  lifecycle: ruleModes.fields.lifecycle,
  authentication: ruleModes.fields.authentication,
  limits: ruleModes.fields.limits,
  authorization: ruleModes.fields.authorization,
  roles: ruleModes.fields.roles,
  policies: ruleModes.fields.policies,
  parameters: ruleModes.fields.parameters,
  body: ruleModes.fields.body,
  ownership: ruleModes.fields.ownership,
  threats: ruleModes.fields.threats,
  properties: ruleModes.fields.properties,
  responses: ruleModes.fields.responses,
  data: ruleModes.fields.data,
  sanitise: ruleModes.fields.sanitise,
});

const limitFields = {
  name: optional(
    text(LIMIT_NAME),
    'Shown in RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11); made from what it counts by where absent.',
  ),
  by: defaulted(
    union(
      text(LIMIT_BY),
      object({
        address: optional(
          object({
            ipv4Prefix: defaulted(number(8, 32), 32, 'How many bits of an IPv4 address count as one client.'),
            ipv6Prefix: defaulted(
              number(16, 128),
              64,
              'How many bits of an IPv6 address count as one client; a network is given at least 64 to choose from.',
            ),
          }),
          'Count by client address, in groups of this size.',
        ),
        claim: optional(text(CLAIM_NAME), 'Count by the value of this verified claim.'),
        header: optional(text(HEADER_NAME), 'Count by the value of this request header, which the client chooses.'),
      }),
    ),
    'address',
    'What is counted: address, principal, key, operation, claim:NAME or header:NAME.',
  ),
  algorithm: optional(
    choice(['fixed-window', 'sliding-window', 'token-bucket']),
    'token-bucket where rate is written, sliding-window where limit is.',
  ),
  rate: optional(rate(), 'How fast: 50/s. One of rate and limit is needed.'),
  limit: optional(rate(), 'How many in how long: 1000/h. The same as rate, in other words.'),
  burst: optional(
    number(1, 1_000_000_000),
    'How many at once; for a token bucket only. The amount of the rate where absent.',
  ),
  perOperation: defaulted({ kind: 'flag' } as const, false, 'One counter for each operation instead of one for all.'),
  mode: modeField(),
};

export const limitShape = object({
  ...limitFields,
  operations: optional(
    list(text(OPERATION_KEY), 1, 1000),
    'Which operations: operationId, METHOD /path or tag:NAME. All where absent.',
  ),
});

const operationFields = {
  mode: optional(choice(MODES), 'The mode of every rule for this operation.'),
  modes: optional(operationModes, 'The mode of single rules for this operation.'),
  cost: optional(number(1, 1_000_000), 'How much one request takes from a limit.'),
  maxBodyBytes: optional(size(0, MAX_BODY_BYTES), 'The largest request body.'),
  timeout: optional(duration(1), 'How long the upstream may take until the first byte.'),
  deprecated: optional(date(), 'Since when the operation is deprecated (RFC 9745).'),
  sunset: optional(date(), 'From when on the operation is refused (RFC 8594).'),
  undeclaredProperties: optional(choice(['as-declared', 'refuse', 'strip']), 'As requests.undeclaredProperties.'),
  undeclaredResponse: optional(choice(['strip', 'block', 'pass']), 'As responses.undeclared.'),
};

/** What can be said of an operation in the policy file. */
export const operationShape = object({
  ...operationFields,
  limits: optional(list(object(limitFields), 0, 100), 'Limits of this operation alone.'),
});

/** What can be said of an operation in the document, as its `x-sallyport`. */
export const operationExtensionShape = object({
  ...operationFields,
  owner: optional(
    ownerExtensionShape,
    'Whose objects the operation is about: x-sallyport-owner, as authorization.ownership of the policy file, which wins.',
  ),
  limits: later('Write the limit in the root of the document or in the policy file, with operations: [id].'),
});
