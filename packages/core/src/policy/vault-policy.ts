import type { Place } from './place.ts';
import type { Secret } from './secret.ts';

/** How Sallyport proves to Vault or OpenBao who it is. A path is read anew at each login. */
export type VaultLogin =
  | { readonly method: 'token'; readonly token: Secret | string }
  | {
      readonly method: 'approle';
      readonly mount: string;
      readonly roleId: Secret | string;
      readonly secretId: Secret | string;
    }
  | { readonly method: 'kubernetes'; readonly mount: string; readonly role: string; readonly tokenFile: string };

/** The Vault or OpenBao that keys and secrets come from. */
export interface VaultPolicy {
  /** Without a slash at its end. */
  readonly address: string;
  readonly namespace: string | null;
  /** The path of the authorities that its certificate is held against; null for those that the system trusts. */
  readonly ca: string | null;
  readonly login: VaultLogin;
  readonly timeoutMs: number;
  /** How often secrets are read again, and how much longer they are used where they cannot be. */
  readonly refreshMs: number;
  readonly maxStaleMs: number;
  readonly place: Place;
}
