import { createSecretKey } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { WrappingPolicy } from '@sallyport/core';
import type { Egress } from '../egress/egress.ts';
import { KEY_BYTES, type KeyPlace, type KeyWrapper, KeyWrapperError } from './key-wrapper.ts';

type KmsPolicy = Extract<WrappingPolicy, { kind: 'aws-kms' }>;
type Sdk = typeof import('@aws-sdk/client-kms');
interface Connected {
  readonly sdk: Sdk;
  readonly client: KMSClient;
}

const PREFIX = 'aws-kms:';
const WRAPPED = /^aws-kms:[A-Za-z0-9+/]{20,12000}={0,2}$/;
const TIMEOUT_MS = 5_000;
const ATTEMPTS = 2;
/** Asking again would be answered the same: the key, or what may be done with it, was taken away, or it is another one. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'InvalidGrantTokenException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

/**
 * Wraps data keys under a key of AWS KMS, which never leaves it. Each is bound to its name and version, and to what the policy adds, by the encryption
 * context. The SDK is loaded at the first question, and finds its credentials as it does everywhere: environment, files, the role of the machine or pod.
 */
export function createKmsWrapper(
  policy: KmsPolicy,
  egress: Egress,
  importSdk: () => Promise<Sdk> = () => import('@aws-sdk/client-kms'),
): KeyWrapper {
  let connecting: Promise<Connected> | null = null;
  const connect = (): Promise<Connected> => {
    connecting ??= load(importSdk)
      .then((sdk) => ({ sdk, client: clientOf(sdk, policy, egress) }))
      .catch((error: unknown) => {
        // The next question tries again: it may be installed by then.
        connecting = null;
        throw error;
      });
    return connecting;
  };
  const ask = async <Answer>(may: string, send: (connected: Connected) => Promise<Answer>): Promise<Answer> => {
    try {
      return await send(await connect());
    } catch (error) {
      if (error instanceof KeyWrapperError) throw error;
      const name = error instanceof Error ? error.name : 'unknown error';
      throw new KeyWrapperError(
        REFUSALS.has(name) ? 'refused' : 'unavailable',
        `AWS KMS: ${reasonOf(error, name)}${adviceFor(name, may)}`,
        error,
      );
    }
  };
  const contextOf = ({ name, version }: KeyPlace): Record<string, string> => ({
    ...Object.fromEntries(policy.context),
    'sallyport-data-key': `${name}.${version}`,
  });
  return {
    name: `AWS KMS key ${policy.key} in ${policy.region}`,
    make: (place) =>
      ask('kms:GenerateDataKeyWithoutPlaintext', async ({ sdk, client }) => {
        const asked = { KeyId: policy.key, KeySpec: 'AES_256', EncryptionContext: contextOf(place) } as const;
        return textOf((await client.send(new sdk.GenerateDataKeyWithoutPlaintextCommand(asked))).CiphertextBlob);
      }),
    unwrap: ({ wrapped, ...rest }) =>
      ask('kms:Decrypt', async ({ sdk, client }) => {
        const asked = { KeyId: policy.key, CiphertextBlob: bytesOf(wrapped), EncryptionContext: contextOf(rest) };
        const { Plaintext: bytes } = await client.send(new sdk.DecryptCommand(asked));
        try {
          if (bytes?.length !== KEY_BYTES) throw new KeyWrapperError('refused', 'what was unwrapped is no data key');
          return { ...rest, key: createSecretKey(bytes) };
        } finally {
          bytes?.fill(0);
        }
      }),
    // What it was wrapped under stands in it, and may be another key than that of the policy: so keys are changed over.
    rewrap: ({ wrapped, ...rest }) =>
      ask('kms:ReEncryptFrom on the key it was wrapped under and kms:ReEncryptTo', async ({ sdk, client }) => {
        const context = contextOf(rest);
        const asked = {
          CiphertextBlob: bytesOf(wrapped),
          SourceEncryptionContext: context,
          DestinationKeyId: policy.key,
          DestinationEncryptionContext: context,
        };
        return textOf((await client.send(new sdk.ReEncryptCommand(asked))).CiphertextBlob);
      }),
    close: () => void connecting?.then(({ client }) => client.destroy()).catch(() => undefined),
  };
}

function clientOf(sdk: Sdk, { region, endpoint }: KmsPolicy, egress: Egress): KMSClient {
  const agent = { keepAlive: true, maxSockets: 8, lookup: egress.lookup('kms', true) };
  return new sdk.KMSClient({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpsAgent: new HttpsAgent(agent),
      httpAgent: new HttpAgent(agent),
    },
  });
}

async function load(importSdk: () => Promise<Sdk>): Promise<Sdk> {
  try {
    return await importSdk();
  } catch (cause) {
    throw new KeyWrapperError(
      'refused',
      'AWS KMS needs a package that is not installed: npm install @aws-sdk/client-kms',
      cause,
    );
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) throw new KeyWrapperError('unavailable', 'the answer is no wrapped key');
  return PREFIX + Buffer.from(bytes).toString('base64');
}

function bytesOf(wrapped: string): Uint8Array {
  if (!WRAPPED.test(wrapped)) throw new KeyWrapperError('refused', 'it was wrapped by somebody else than AWS KMS');
  return Buffer.from(wrapped.slice(PREFIX.length), 'base64');
}

const CREDENTIALS = 'the credentials are unknown there, or have ended: see environment, files and role of this process';
/** What to look at, by the name of what went wrong. */
const ADVICE: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'no credentials of AWS were found: give them in the environment, in the files of AWS, or by the role of the machine or pod',
  ExpiredTokenException: CREDENTIALS,
  InvalidSignatureException: CREDENTIALS,
  UnrecognizedClientException: CREDENTIALS,
  NotFoundException: 'there is no such key in this account and region: look at key and region',
  DisabledException: 'the key is disabled: enable it in KMS',
  KMSInvalidStateException: 'the key cannot be used as it is, or is to be deleted: look at its state in KMS',
  IncorrectKeyException:
    'it was wrapped under another key: name that one, or change over with sallyport data-keys rewrap',
  InvalidCiphertextException:
    'it was wrapped under another key or another context, or was changed: look at key and context, or put a copy of the file back',
  InvalidKeyUsageException: 'the key is none that encrypts: name a symmetric one',
};

/** What the operator is to do about it, to be put behind its name; empty where nobody can say. `may`: what the credentials need. */
function adviceFor(name: string, may: string): string {
  const advice =
    name === 'AccessDeniedException'
      ? `the credentials need ${may}, and the context that its policy asks for`
      : ADVICE[name];
  return advice === undefined ? '' : `: ${advice}`;
}

/** The name of what went wrong: what AWS says of it may hold names of accounts and users. */
function reasonOf(error: unknown, name: string): string {
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === 'string' && /^[A-Z_]{2,40}$/.test(code)
    ? code
    : /^[A-Za-z]{2,60}$/.test(name)
      ? name
      : 'unknown error';
}
