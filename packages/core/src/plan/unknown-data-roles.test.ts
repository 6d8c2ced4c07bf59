import { describe, expect, it } from 'vitest';
import { documentOf } from '../openapi/testing/document-under-test.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { planWarnings } from './check-plan.ts';

const DOCUMENT = documentOf({
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  components: {
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
    schemas: {
      Account: {
        type: 'object',
        properties: {
          ssn: { type: 'string', 'x-sallyport-data': 'pii' },
          risk: { type: 'integer', 'x-sallyport-visible': ['role:rsik', 'scope:unheard', 'unheard'] },
          limit: { type: 'integer', 'x-sallyport-writable': ['role:clerk', 'role:staf', 'role:staf'] },
        },
      },
    },
  },
  paths: {
    '/account': {
      get: {
        security: [{ key: ['clerk'] }],
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Account' } } },
          },
        },
      },
    },
  },
});

function told(roles: string, more = ''): readonly unknown[] {
  const text = `data:\n  visible: { pii: [support, role:suport, scope:unheard, 'role:clerk'] }\n  writable:\n    pii: ['role:nobody']\n${roles}\n${more}`;
  const policy = parsePolicy(
    { file: 'p.yaml', text },
    { environment: () => undefined, readFile: () => '', locateInDocument: (place) => DOCUMENT.locate(place) },
  );
  return planWarnings({ document: DOCUMENT, policy })
    .filter(({ code }) => code === 'DATA_ROLE_UNKNOWN')
    .map(({ file, path, line, message, hint }) => {
      expect(line).toBeGreaterThan(0);
      return [`${file}#${path}`, message, hint];
    });
}
const ROLES = "authorization: { roles: { support: ['*'], risk: ['*'], staff: ['*'] } }";

describe('unknownDataRoles', () => {
  it('names roles that neither policy nor document declares, in the policy and in marks of schemas', () => {
    const marked = `${DOCUMENT.file}#/components/schemas/Account/properties`;
    expect(told(ROLES)).toEqual([
      [
        'p.yaml#/data/visible/pii/1',
        'the role "suport", which may see data of the class pii, is not declared under authorization.roles',
        'Did you mean support?',
      ],
      [
        'p.yaml#/data/writable/pii/0',
        'the role "nobody", which may set data of the class pii, is not declared under authorization.roles',
        'Declare it under authorization.roles.',
      ],
      [
        `${marked}/risk/x-sallyport-visible`,
        'the role "rsik", which may see what this schema describes, is not declared under authorization.roles',
        'Did you mean risk?',
      ],
      [
        `${marked}/limit/x-sallyport-writable`,
        'the role "staf", which may set what this schema describes, is not declared under authorization.roles',
        'Did you mean staff?',
      ],
    ]);
  });

  it('is silent where the policy declares no roles: then nobody but the issuer knows them', () => {
    expect(told('')).toEqual([]);
  });

  it('is silent where the rule data is off', () => {
    expect(told(ROLES, 'modes: { data: off }')).toEqual([]);
  });
});
