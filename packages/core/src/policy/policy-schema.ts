import { tokensShape } from './schema/schema-tokens.ts';
import { adminShape } from './schema/schema-admin.ts';
import { authenticationShape } from './schema/schema-authentication.ts';
import { dataShape } from './schema/schema-data.ts';
import { egressShape } from './schema/schema-egress.ts';
import { forwardedCertificatesShape, tlsShape } from './schema/schema-tls.ts';
import { threatsShape } from './schema/schema-threats.ts';
import { grantsField, rolesField } from './schema/schema-roles.ts';
import { policiesShape } from './schema/schema-policies.ts';
import { vaultShape } from './schema/schema-vault.ts';
import { sanitiseShape } from './schema/schema-sanitise.ts';
import { limitShape, MODES, operationShape, ruleModes } from './schema/schema-operations.ts';
import {
  choice,
  defaulted,
  duration,
  flag,
  list,
  map,
  number,
  object,
  optional,
  required,
  secret,
  size,
  text,
  textWithSecrets,
  union,
} from './shape.ts';
import { enumerationShape, ownershipShape } from './schema/schema-ownership.ts';
import { HEADER_NAME, HEADER_VALUE, HOST_NAME, OPERATION_KEY, RESOURCE_NAME } from './text-formats.ts';

const GIBIBYTE = 2 ** 30;
const UNKNOWN = ['refuse', 'pass', 'strip'] as const;
const port = () => number(0, 65_535);

const upstreamObject = object({
  url: defaulted(
    text(),
    'http://127.0.0.1:3000',
    'Where the API is: http or https, with a base path if it has one, which is put before every path, those of the servers of the document included.',
  ),
  connections: defaulted(number(1, 10_000), 128, 'How many connections are kept to it at most.'),
  connectTimeout: defaulted(duration(1), '2s', 'How long connecting may take, TLS included.'),
  firstByteTimeout: defaulted(duration(1), '30s', 'How long it may take until the first byte of an answer.'),
  idleTimeout: defaulted(
    duration(1),
    '30s',
    'How long an answer may pause between two bytes, and how long a client may take none of it: what counts is what the system takes for it, in steps; over HTTP/2 it has to be 1 KiB of each answer, and a sixtieth of all where more than 32 MiB wait on one connection.',
  ),
  preserveHost: defaulted(flag(), false, "Pass the client's Host header on instead of the upstream's own name."),
  tls: defaulted(
    object({
      ca: optional(text(), 'The path of the certificate authority that signed its certificate.'),
      certificate: optional(text(), 'The path of the certificate that Sallyport shows it.'),
      key: optional(secret(), 'The key of that certificate: a path, ${env:NAME} or ${file:path}.'),
      serverName: optional(text(), 'The name that its certificate must have, where that is not the one of the URL.'),
      verify: defaulted(
        flag(),
        true,
        'Verify its certificate. Without that anybody in between can read and change everything.',
      ),
    }),
    {},
    'TLS to the upstream.',
  ),
  principalHeaders: defaulted(
    object({
      subject: optional(text(HEADER_NAME), 'The header that carries the subject.'),
      issuer: optional(text(HEADER_NAME), 'The header that carries the issuer.'),
      scopes: optional(text(HEADER_NAME), 'The header that carries the scopes, divided by spaces.'),
      roles: optional(text(HEADER_NAME), 'The header that carries the roles, divided by commas.'),
    }),
    {},
    "Headers that tell the upstream who is asking; a client's own of these names are removed. Not sent where absent.",
  ),
});

const storeObject = object({
  url: defaulted(
    textWithSecrets(),
    'sqlite:./sallyport.db',
    'sqlite:PATH, or postgres://USER:${env:PASSWORD}@HOST/DATABASE for several machines.',
  ),
  key: optional(
    union(secret(), list(secret(), 1, 8)),
    'The key that secrets in the store are sealed under, at least 32 characters: a path, ${env:NAME} or ${file:path}. Several while it changes, the newest first; `sallyport store reseal` then seals everything under that. Where absent, a file beside a SQLite store, made where it is missing.',
  ),
  grace: defaulted(
    duration(0, 86_400_000),
    '5m',
    'How long keys, tokens and granted roles that are known go on working while the store cannot be asked.',
  ),
  revocations: defaulted(
    choice(['auto', 'on', 'off']),
    'auto',
    'Whether tokens, users, certificates and keys are held against the revocations in the store. auto: where it is opened for keys, sessions, tokens, shared proofs or the admin API.',
  ),
  proofs: defaulted(
    choice(['auto', 'shared', 'memory']),
    'auto',
    'Where used DPoP proofs are remembered. shared: in the store, so that none counts twice at any node; memory: at each node by itself; auto: shared where the store is PostgreSQL.',
  ),
  proofsWhileAway: defaulted(
    choice(['refuse', 'alone']),
    'refuse',
    'What becomes of shared proofs while the store cannot be asked. alone: for the time of grace each node remembers its own.',
  ),
});

const headerValues = () => map('NAME', union(text(HEADER_VALUE), flag()), HEADER_NAME);

/** The policy file, as it is written. Every setting has a safe default but those of an authentication entry. */
export const POLICY_SHAPE = object({
  api: defaulted(
    union(text(), { kind: 'later', instead: 'Name one document; run one process for each API.' } as const),
    'openapi.yaml',
    'The OpenAPI document, relative to this file.',
  ),
  apiFolders: defaulted(
    list(text(), 0, 100),
    [],
    "Folders beside the document's own, relative to this file, that its references may lead into. No other file is read.",
  ),
  upstream: defaulted(union(text(), upstreamObject), {}, 'The API being protected: its URL, or a map.'),
  listen: defaulted(
    object({
      host: defaulted(text(), '127.0.0.1', 'The address to listen on.'),
      port: defaulted(port(), 8080, 'The port to listen on; 0 takes a free one.'),
      tls: optional(
        tlsShape,
        'The certificate to serve with, a list of them, self-signed for development, or off. Must be said where host is not a loopback address and no proxy is trusted.',
      ),
      forwardedCertificates: optional(
        forwardedCertificatesShape,
        'Take certificates of clients from a header that a proxy of trustedProxies sets after it has ended TLS, and check them again. From everybody else the header means nothing.',
      ),
      http2: optional(
        choice(['on', 'off']),
        'HTTP/2 for clients that ask for it in the TLS handshake: on with TLS. Without TLS there is none.',
      ),
      redirect: optional(
        union(
          port(),
          object({
            port: required(port(), 'The port to take plain HTTP at; 0 takes a free one.'),
            httpsPort: optional(number(1, 65_535), 'The port to send clients to; the one listened on where absent.'),
            names: optional(
              list(text(HOST_NAME), 1, 1000),
              'The host names that are sent there; those of the certificates where absent. Requests for other names are refused.',
            ),
          }),
        ),
        'A port for plain HTTP that answers GET and HEAD with the same address under https, and refuses everything else.',
      ),
      maxConnections: defaulted(
        number(1, 1_000_000),
        10_000,
        'How many connections are open at most; fewer where the process may not open so many files.',
      ),
      drainTimeout: defaulted(
        duration(0, 3_600_000),
        '10s',
        'How long requests may take to finish when the process is told to stop.',
      ),
    }),
    {},
    'Where requests come in.',
  ),
  mode: defaulted(choice(MODES), 'enforce', 'What a denial does, for every rule: off, observe or enforce.'),
  modes: defaulted(ruleModes, {}, 'The mode of single rules.'),
  trustedProxies: defaulted(
    list(text(), 0, 1000),
    [],
    'Addresses and ranges of the proxies whose Forwarded and X-Forwarded-… headers are believed.',
  ),
  authentication: defaulted(
    map('SCHEME', authenticationShape),
    {},
    'How the security schemes of the document are checked, by their names.',
  ),
  authorization: optional(
    object({
      roles: rolesField,
      grants: grantsField,
      policies: optional(policiesShape, 'Policies in Cedar: a folder, files, or a map.'),
      ownership: defaulted(
        map('RESOURCE', ownershipShape, RESOURCE_NAME),
        {},
        'Whose the objects are: one entry for each kind of object.',
      ),
      enumeration: defaulted(
        union(choice(['off']), enumerationShape),
        {},
        'Recorded as a signal: one principal or address asks for so many different objects that are not its own. Or off.',
      ),
    }),
    'What principals may do. The scopes of the document are enforced without it.',
  ),
  limits: optional(
    list(limitShape, 0, 100),
    'How much clients may ask. Where absent: by address, 50/s with a burst of 100. An empty list switches that off.',
  ),
  requests: defaulted(
    object({
      maxHeadBytes: defaulted(size(1024, 1_048_576), '16KiB', 'The largest request line with headers.'),
      maxBodyBytes: defaulted(size(0, GIBIBYTE), '1MiB', 'The largest request body.'),
      maxDepth: defaulted(number(1, 500), 32, 'How deep a body may be nested.'),
      maxKeys: defaulted(
        number(1, 10_000_000),
        10_000,
        'How many members the objects of a body, or of one item of a stream, may have in all; items of arrays are not counted.',
      ),
      unknownParameters: defaulted(choice(UNKNOWN), 'refuse', 'Query parameters that the operation does not declare.'),
      unknownCookies: defaulted(
        choice(UNKNOWN),
        'strip',
        'Cookies that the operation does not declare. They are kept from the upstream but not refused: a browser sends what other sites of the domain have set, and one of them could lock users out by setting one more.',
      ),
      undeclaredProperties: defaulted(
        choice(['as-declared', 'refuse', 'strip']),
        'as-declared',
        'Members of a body that its schema does not name: as additionalProperties says, refused, or left out.',
      ),
      readOnlyProperties: defaulted(choice(['refuse', 'ignore']), 'refuse', 'readOnly members in a request body.'),
      lookalikeNames: defaulted(
        choice(['refuse', 'pass']),
        'refuse',
        'Undeclared names of members, fields and query parameters that a reader could take for a declared one, where undeclared names are allowed: Go and ASP.NET take ROLE for role, and PHP takes role[] in a form.',
      ),
      contentSchema: defaulted(
        choice(['annotation', 'check']),
        'annotation',
        'Texts of which contentMediaType says that they are JSON: looked into for injections alone, or held to be JSON and what contentSchema says.',
      ),
      headTimeout: defaulted(duration(1), '10s', 'How long the head of a request may take to arrive.'),
      bodyTimeout: defaulted(
        duration(1),
        '30s',
        'How long a client may take to send the body. While Sallyport does not read it, as it waits for a connection to the upstream, the time stands still.',
      ),
    }),
    {},
    'What requests may look like.',
  ),
  responses: defaulted(
    object({
      undeclared: defaulted(
        choice(['strip', 'block', 'pass']),
        'strip',
        'What the document does not declare of a response: members of its body and bodies are left out, blocked or passed, statuses and content types blocked unless they are passed.',
      ),
      undeclaredHeaders: defaulted(
        choice(['strip', 'block', 'pass']),
        'strip',
        'Response headers that neither the document nor HTTP itself declares.',
      ),
      invalid: defaulted(choice(['block', 'pass']), 'block', 'Responses that are not as declared.'),
      maxBodyBytes: defaulted(
        size(0, GIBIBYTE),
        '10MiB',
        'The largest response body that is checked; a larger one is blocked.',
      ),
      maxDepth: defaulted(number(1, 500), 64, 'How deep a body may be nested.'),
      maxKeys: defaulted(
        number(1, 10_000_000),
        100_000,
        'How many members the objects of a body, or of one item of a stream, may have in all; items of arrays are not counted.',
      ),
      contentSchema: defaulted(
        choice(['annotation', 'check']),
        'annotation',
        'Texts of which contentMediaType says that they are JSON: passed as they are, or held to be JSON and what contentSchema says.',
      ),
      unchecked: defaulted(
        choice(['pass', 'block']),
        'pass',
        'Bodies that cannot be checked, such as files, or have no schema to be checked against.',
      ),
    }),
    {},
    'What the upstream may answer.',
  ),
  securityHeaders: defaulted(
    object({
      own: defaulted(headerValues(), {}, "Headers of Sallyport's own answers, over the defaults; false removes one."),
      passing: defaulted(
        headerValues(),
        {},
        'Headers added to what the upstream answers where it has not set them, over the defaults; false removes one.',
      ),
    }),
    {},
    'Headers that tell browsers to be careful.',
  ),
  cors: optional(
    object({
      origins: required(
        list(text(), 1, 1000),
        'The origins whose pages may call the API: https://app.example.com, or * alone.',
      ),
      credentials: defaulted(flag(), false, 'Let browsers send cookies and stored credentials.'),
      requestHeaders: defaulted(
        list(text(HEADER_NAME), 0, 100),
        ['content-type', 'authorization'],
        'The request headers that pages may set.',
      ),
      exposedHeaders: defaulted(list(text(HEADER_NAME), 0, 100), [], 'The response headers that pages may read.'),
      maxAge: defaulted(duration(0, 86_400_000), '10m', 'How long browsers may remember the answer.'),
    }),
    'Which pages of other origins may call the API. None where absent.',
  ),
  threats: defaulted(threatsShape, {}, 'Injections in free text: what is looked for, and how sure is sure enough.'),
  data: defaulted(dataShape, {}, 'Which data is sensitive, and who may see and set it.'),
  sanitise: defaulted(sanitiseShape, {}, 'What texts may hold.'),
  vault: optional(
    vaultShape,
    'The Vault or OpenBao that keys, and secrets as ${vault:path#field}, come from. None where absent.',
  ),
  store: defaulted(
    union(textWithSecrets(), storeObject),
    {},
    'Where keys, granted roles and the audit trail are kept: sqlite:PATH, postgres://…, or a map. Opened where something needs it.',
  ),
  counters: defaulted(
    choice(['memory'], {
      redis: 'Write memory; divide the limits by the number of instances.',
      'redis:': 'Write memory; divide the limits by the number of instances.',
      'rediss:': 'Write memory; divide the limits by the number of instances.',
    }),
    'memory',
    'Where limits are counted: in this process.',
  ),
  egress: defaulted(egressShape, {}, 'Where Sallyport connects to by itself, for keys, logins and certificates.'),
  tokens: optional(
    tokensShape,
    'Issue short-lived tokens for API keys of the store (RFC 6749, section 4.4). None where absent.',
  ),
  admin: defaulted(union(choice(['off']), adminShape), {}, 'Health, metrics and administration, or off.'),
  log: defaulted(
    object({
      format: defaulted(
        choice(['ecs', 'plain']),
        'ecs',
        'JSON lines by the Elastic Common Schema, or lines for people.',
      ),
      level: defaulted(choice(['error', 'warn', 'info', 'debug']), 'info', 'How much is written.'),
      destination: defaulted(text(), '-', 'A path, or - for standard output.'),
    }),
    {},
    'The log.',
  ),
  operations: defaulted(
    map('OPERATION', operationShape, OPERATION_KEY),
    {},
    'Settings of single operations, by operationId, METHOD /path or tag:NAME.',
  ),
});
