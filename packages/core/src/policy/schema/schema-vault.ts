import { defaulted, duration, object, optional, required, secret, text } from '../shape.ts';
import { VAULT_PATH } from '../text-formats.ts';

/** `vault`: where keys and secrets come from. */
export const vaultShape = object({
  address: required(
    text(),
    'The URL of Vault or OpenBao, such as https://vault.example.com:8200; http only on a loopback address.',
  ),
  namespace: optional(text(VAULT_PATH), 'The namespace that all of it is in.'),
  ca: optional(
    text(),
    'The path of the authority that its certificate is held against, in PEM. Those that the system trusts where absent.',
  ),
  token: optional(
    secret(),
    'Log in with a token: the path of a file with it, ${env:NAME} or ${file:path}. It is renewed where it can be; a file is read again once its token no longer counts.',
  ),
  appRole: optional(
    object({
      roleId: required(secret(), 'The RoleID: a path, ${env:NAME} or ${file:path}.'),
      secretId: required(secret(), 'The SecretID: a path, ${env:NAME} or ${file:path}. A file is read at each login.'),
      mount: defaulted(text(VAULT_PATH), 'approle', 'Where the method is mounted below auth/.'),
    }),
    'Log in with AppRole.',
  ),
  kubernetes: optional(
    object({
      role: required(text(), 'The role that the service account logs in as.'),
      tokenFile: defaulted(
        text(),
        '/var/run/secrets/kubernetes.io/serviceaccount/token',
        "The path of the service account's token, read at each login.",
      ),
      mount: defaulted(text(VAULT_PATH), 'kubernetes', 'Where the method is mounted below auth/.'),
    }),
    'Log in with the service account of a pod.',
  ),
  timeout: defaulted(duration(100, 60_000), '5s', 'How long one answer may take.'),
  refresh: defaulted(
    duration(1_000),
    '5m',
    'How often a secret that ${vault:path#field} refers to is read again. One with a lease is renewed after two thirds of it instead.',
  ),
  maxStale: defaulted(
    duration(0),
    '1d',
    'How long a secret is used that should have been read again and could not be. After that every request is refused until it can be.',
  ),
});
