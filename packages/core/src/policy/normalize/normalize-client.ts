import type { Secret } from '../secret.ts';
import type { ClientCredentials, ClientAuthenticationMethod } from '../client-credentials.ts';
import type { JwsAlgorithm } from '../jws-algorithms.ts';
import type { PolicyProblems } from '../policy-problems.ts';

/** What stands in the policy of us as a client. */
export interface AuthoredClient {
  readonly clientId: string;
  readonly clientSecret: Secret | string | undefined;
  readonly clientKey: Secret | string | undefined;
  readonly clientKeyId: string | undefined;
  readonly clientAlgorithm: JwsAlgorithm | undefined;
  readonly clientAuthentication: ClientAuthenticationMethod | undefined;
}

/** Decides how we prove who we are. Secret and key together, or one that the method does not use, are refused: one of them was meant to be gone. */
export function normalizeClient(
  authored: AuthoredClient,
  pointer: string,
  problems: PolicyProblems,
): ClientCredentials {
  const { clientSecret, clientKey, clientAuthentication } = authored;
  const method = clientAuthentication ?? (clientKey === undefined ? 'client_secret_basic' : 'private_key_jwt');
  const needs = method === 'none' ? null : method === 'private_key_jwt' ? 'clientKey' : 'clientSecret';
  for (const name of ['clientSecret', 'clientKey'] as const) {
    if (name === needs && authored[name] === undefined && !problems.touches(`${pointer}/${name}`))
      problems.add(
        'POLICY_REQUIRED',
        pointer,
        `${name} is missing`,
        name === 'clientKey'
          ? 'Add clientKey: a reference to our private key, such as ${file:client.pem}.'
          : 'Add clientSecret: a reference to our secret, or clientKey for private_key_jwt.',
        'key',
      );
    if (name !== needs && authored[name] !== undefined)
      problems.add(
        'POLICY_CONTRADICTION',
        `${pointer}/${name}`,
        `${method} does not use ${name}`,
        `Remove ${name}, or clientAuthentication.`,
        'key',
      );
  }
  return {
    clientId: authored.clientId,
    clientSecret: clientSecret === undefined ? null : referredSecret(clientSecret, `${pointer}/clientSecret`, problems),
    clientAuthentication: method,
    clientKey:
      clientKey === undefined
        ? null
        : {
            key: referredSecret(clientKey, `${pointer}/clientKey`, problems),
            keyId: authored.clientKeyId ?? null,
            algorithm: authored.clientAlgorithm ?? null,
          },
  };
}

/** A secret of ours that is sent to others, or signs for us: only a reference, for a path would be a literal that somebody meant as the secret. */
export function referredSecret(authored: Secret | string, pointer: string, problems: PolicyProblems): Secret {
  if (typeof authored !== 'string') return authored;
  problems.add(
    'POLICY_SECRET_LITERAL',
    pointer,
    'expected a reference to a secret',
    'Write ${env:NAME}, or ${file:path} for a file that holds it. If this was the secret itself, replace it.',
  );
  return { reference: '', reveal: () => '' };
}
