import type { Policy } from '@sallyport/core';
import { actorOf, AdminRefusal, bodyOf, json, pathValue, queryOf } from './admin-answers.ts';
import { makeRevocation, type RevocationRequest } from '../identity/revocations/make-revocation.ts';
import { readAuthorities } from '../identity/revocations/read-authorities.ts';
import type { OwnHandler } from '../own/own-upstream.ts';
import type { Store } from '../store/store-port.ts';
import { shownRevocation } from '../identity/revocations/shown-revocation.ts';

interface RevocationBody {
  readonly token?: string;
  readonly jti?: string;
  readonly subject?: string;
  readonly certificate?: string;
  readonly certificatePem?: string;
  readonly issuer?: string;
  readonly reason?: string;
  readonly expires?: string;
}

const DEFAULT_PAGE = 100;

/** Revocations over the admin API. */
export function revocationHandlers(store: Store, policy: Policy): ReadonlyMap<string, OwnHandler> {
  return new Map<string, OwnHandler>([
    [
      'sallyport.revocations.list',
      async (request) => {
        const query = queryOf(request);
        const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
        const page = await store.listRevocations(query.get('after') ?? '', limit);
        return json({
          revocations: page.map((revocation) => shownRevocation(revocation, request.exchange.nowMs)),
          next: page.length < limit ? null : (page.at(-1)?.id ?? null),
        });
      },
    ],
    [
      'sallyport.revocations.create',
      async (request) => {
        const body = bodyOf<RevocationBody>(request);
        const by = actorOf(request);
        const asked = requestOf(body);
        const revocation = makeRevocation(asked, {
          policy,
          authorities: asked.kind === 'certificate' ? readAuthorities(policy) : null,
          nowMs: by.atMs,
          expiresAtMs: body.expires === undefined ? null : Date.parse(body.expires),
          reason: body.reason ?? null,
        });
        const id = await store.revoke(revocation, by);
        return json(shownRevocation({ ...revocation, id, liftedAtMs: null }, by.atMs), 201);
      },
    ],
    [
      'sallyport.revocations.lift',
      async (request) => {
        const id = pathValue(request);
        return json({ id, lifted: await store.liftRevocation(id, actorOf(request)) });
      },
    ],
  ]);
}

function requestOf(body: RevocationBody): RevocationRequest {
  const { token, jti, subject, certificate, certificatePem } = body;
  const issuer = body.issuer ?? null;
  const given = [token, jti, subject, certificate, certificatePem].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new AdminRefusal(400, 'Name one thing: token, jti, subject, certificate or certificatePem.');
  if (token !== undefined) return { kind: 'token', token };
  if (jti !== undefined) return { kind: 'jti', value: jti, issuer };
  if (subject !== undefined) return { kind: 'subject', value: subject, issuer };
  return certificate === undefined
    ? { kind: 'certificate', pem: certificatePem ?? '' }
    : { kind: 'certificate', serial: certificate, issuer };
}
