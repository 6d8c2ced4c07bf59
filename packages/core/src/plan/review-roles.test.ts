import { describe, expect, it } from 'vitest';
import { createMemoryReader } from '../openapi/memory-document-reader.ts';
import { loadDocument } from '../openapi/load-document.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { checkPolicyAgainst } from '../policy/check-policy-against.ts';
import { reviewRoles, type ReviewedGrant, type RoleFinding } from './review-roles.ts';

const guarded = (operationId: string, ...scopes: readonly string[]): object => ({
  operationId,
  tags: ['posts'],
  security: [{ token: scopes }],
  responses: { 200: { description: 'ok' } },
});
const DOCUMENT = loadDocument(
  createMemoryReader({
    'openapi.json': JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'Posts', version: '1' },
      paths: {
        '/posts': { get: guarded('listPosts', 'posts:read'), post: guarded('writePost', 'posts:read', 'posts:write') },
        '/drafts': { get: guarded('drafts', 'drafts') },
        '/health': { get: { operationId: 'health', tags: ['posts'], responses: { 200: { description: 'ok' } } } },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    }),
  }),
  'openapi.json',
);
const POLICY = parsePolicy(
  {
    file: 'sallyport.yaml',
    text: `authorization:
  grants: store
  roles:
    reader: ['posts:read', listPosts]
    writer:
      inherits: [reader]
      permissions: ['posts:*', operation:drafts]
    admin: ['*']
    idle: ['GET /**']
    heir: { inherits: [idle], permissions: [writePost] }
`,
  },
  { environment: () => undefined, readFile: () => '' },
);
const NOW = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;

const grantOf = (more: Partial<ReviewedGrant>): ReviewedGrant => ({
  issuer: 'iss',
  subject: 'ada',
  role: 'reader',
  grantedAtMs: NOW - 200 * DAY,
  expiresAtMs: null,
  lastSeenAtMs: NOW - DAY,
  ...more,
});
function review(
  traffic: Readonly<Record<string, readonly string[]>> | null,
  grants: readonly ReviewedGrant[] = [],
): readonly RoleFinding[] {
  expect(checkPolicyAgainst(DOCUMENT, POLICY)).toEqual([]);
  return reviewRoles(DOCUMENT, POLICY, {
    grants,
    traffic: traffic === null ? null : new Map(Object.entries(traffic).map(([role, used]) => [role, new Set(used)])),
    nowMs: NOW,
    unseenMs: 90 * DAY,
  });
}
const told = (finding: RoleFinding): unknown =>
  'grant' in finding
    ? [finding.kind, finding.grant.subject, finding.message]
    : [finding.kind, finding.role, finding.at.line, finding.remove, finding.write];

describe('reviewRoles', () => {
  it('without traffic tells of wildcards only, with everything that they cover and a credential is asked for', () => {
    expect(review(null).map(told)).toEqual([
      ['wildcard', 'writer', 7, 'posts:*', ['posts:read', 'posts:write']],
      ['wildcard', 'admin', 8, '*', ['listPosts', 'writePost', 'operation:drafts']],
      ['wildcard', 'idle', 9, 'GET /**', ['listPosts', 'operation:drafts']],
    ]);
  });

  it('with traffic tells of roles that nobody had, permissions that nobody exercised, and what is used of a wildcard', () => {
    const findings = review({
      reader: ['listPosts', 'writePost'],
      writer: ['writePost', 'listPosts'],
      admin: ['drafts'],
      heir: [],
    });
    expect(findings.map(told)).toEqual([
      ['wildcard', 'writer', 7, 'posts:*', ['posts:read', 'posts:write']],
      ['permission-unused', 'writer', 7, 'operation:drafts', []],
      ['wildcard', 'admin', 8, '*', ['operation:drafts']],
      ['role-unused', 'idle', 9, 'idle', []],
      ['permission-unused', 'heir', 10, 'writePost', []],
    ]);
    expect(findings.find(({ kind }) => kind === 'role-unused')).toMatchObject({ also: [{ line: 10, column: 24 }] });
  });

  it('what it proposes to write instead covers what was used, and leaves nothing to say of it', () => {
    const used = {
      reader: ['listPosts'],
      writer: ['writePost'],
      admin: ['listPosts'],
      idle: ['drafts'],
      heir: ['writePost'],
    };
    const proposals = review(used).flatMap((finding) => ('write' in finding ? (finding.write ?? []) : []));
    const roles = { proposed: proposals };
    const policy = parsePolicy(
      { file: 'sallyport.yaml', text: JSON.stringify({ authorization: { roles } }) },
      { environment: () => undefined, readFile: () => '' },
    );
    expect(checkPolicyAgainst(DOCUMENT, policy).filter(({ code }) => code !== 'POLICY_DUPLICATE')).toEqual([]);
  });

  it('tells of grants that expired, whose role is gone, or whose subject stays away; not of new ones', () => {
    const findings = review({ reader: ['listPosts'], writer: ['writePost'] }, [
      grantOf({ subject: 'well' }),
      grantOf({ subject: 'expired', expiresAtMs: NOW }),
      grantOf({ subject: 'gone', role: 'emperor' }),
      grantOf({ subject: 'away', lastSeenAtMs: NOW - 91 * DAY }),
      grantOf({ subject: 'never', lastSeenAtMs: null }),
      grantOf({ subject: 'new', lastSeenAtMs: null, grantedAtMs: NOW - DAY }),
    ]).filter((finding) => 'grant' in finding);
    expect(findings.map(told)).toEqual([
      ['grant-expired', 'expired', 'expired on 2026-11-01'],
      ['grant-undeclared', 'gone', 'the policy declares no such role'],
      ['grant-unseen', 'away', 'the subject was last seen on 2026-08-02'],
      ['grant-unseen', 'never', 'the subject was never seen since 2026-04-15'],
    ]);
  });
});
