import { describe, expect, it } from 'vitest';
import { documentOf } from '../openapi/testing/document-under-test.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { unknownExemptRoles } from './unknown-exempt-roles.ts';

const DOCUMENT = documentOf({
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  paths: {
    '/orders/{orderId}': {
      get: {
        security: [{ key: ['clerk'] }],
        parameters: [{ name: 'orderId', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
    '/notes/{noteId}': {
      get: {
        'x-sallyport-owner': { id: 'path.noteId', in: 'principal.attributes.notes', unless: { roles: ['auditr'] } },
        parameters: [{ name: 'noteId', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
  },
});

function told(authorization: string, more = ''): readonly unknown[] {
  const text = `authorization:\n  ownership:\n    order:\n      { id: path.orderId, in: principal.attributes.orders, unless: { roles: [auditor, clerk, nobody] } }\n${authorization}\n${more}`;
  const policy = parsePolicy(
    { file: 'p.yaml', text },
    { environment: () => undefined, readFile: () => '', locateInDocument: (place) => DOCUMENT.locate(place) },
  );
  return unknownExemptRoles(DOCUMENT, policy).map(({ code, line, message, hint }) => {
    expect([code, line > 0]).toEqual(['OWNERSHIP_ROLE_UNKNOWN', true]);
    return [message, hint];
  });
}
const ROLES = "  roles: { auditor: ['*'] }";

describe('unknownExemptRoles', () => {
  it('names roles that neither policy nor document declares, also where an operation says so itself', () => {
    expect(told(ROLES)).toEqual([
      [
        'the role "nobody", which ownership of order excepts, is not declared under authorization.roles',
        'Declare it under authorization.roles.',
      ],
      [expect.stringContaining('the role "auditr", which ownership of '), 'Did you mean auditor?'],
    ]);
  });

  it('is silent where the policy declares no roles: then nobody but the issuer knows them', () => {
    expect(told('')).toEqual([]);
  });

  it('is silent where ownership is off', () => {
    expect(told(ROLES, 'modes: { ownership: off }')).toEqual([]);
  });
});
