import { expect, it } from 'vitest';
import { createEgress } from '../egress/egress.ts';
import { createKmsWrapper } from './kms-wrapper.ts';

const policy = {
  kind: 'aws-kms',
  key: 'alias/people',
  region: 'eu-central-1',
  endpoint: null,
  context: new Map<string, string>(),
  held: { renewMs: 1, keepMs: 1, uses: 1 },
} as const;

it('createKmsWrapper says which package is to be installed where it is not', async () => {
  const wrapper = createKmsWrapper(policy, createEgress(), () => Promise.reject(new Error('ERR_MODULE_NOT_FOUND')));
  await expect(wrapper.make({ name: 'k1', version: 1 })).rejects.toMatchObject({
    kind: 'refused',
    message: 'AWS KMS needs a package that is not installed: npm install @aws-sdk/client-kms',
  });
  wrapper.close();
});

it('createKmsWrapper goes on where the package is there at a later question', async () => {
  class Client {
    send = (): Promise<object> => Promise.resolve({ CiphertextBlob: Buffer.alloc(40) });
    destroy = (): void => undefined;
  }
  const sdk = {
    KMSClient: Client,
    GenerateDataKeyWithoutPlaintextCommand: Object,
  } as unknown as typeof import('@aws-sdk/client-kms');
  let installed = false;
  const wrapper = createKmsWrapper(policy, createEgress(), () =>
    installed ? Promise.resolve(sdk) : Promise.reject(new Error('ERR_MODULE_NOT_FOUND')),
  );
  await expect(wrapper.make({ name: 'k1', version: 1 })).rejects.toMatchObject({ kind: 'refused' });
  installed = true;
  expect(await wrapper.make({ name: 'k1', version: 1 })).toMatch(/^aws-kms:/);
  wrapper.close();
});

it.each([
  ['CredentialsProviderError', 'unavailable', 'CredentialsProviderError: no credentials of AWS were found'],
  [
    'AccessDeniedException',
    'refused',
    'AccessDeniedException: the credentials need kms:GenerateDataKeyWithoutPlaintext',
  ],
  ['NotFoundException', 'refused', 'NotFoundException: there is no such key in this account and region'],
  ['ThrottlingException', 'unavailable', /^AWS KMS: ThrottlingException$/],
])('createKmsWrapper says of %s what to do, and nothing that AWS said of accounts', async (name, kind, said) => {
  class Client {
    send = (): Promise<never> => Promise.reject(Object.assign(new Error('account 123456789012'), { name }));
    destroy = (): void => undefined;
  }
  const sdk = {
    KMSClient: Client,
    GenerateDataKeyWithoutPlaintextCommand: Object,
  } as unknown as typeof import('@aws-sdk/client-kms');
  const wrapper = createKmsWrapper(policy, createEgress(), () => Promise.resolve(sdk));
  await expect(wrapper.make({ name: 'k1', version: 1 })).rejects.toMatchObject({
    kind,
    message: typeof said === 'string' ? expect.stringContaining(said) : expect.stringMatching(said),
  });
  await expect(wrapper.make({ name: 'k1', version: 1 })).rejects.not.toThrow('123456789012');
  wrapper.close();
});
