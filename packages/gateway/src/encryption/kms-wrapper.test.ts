import { expect, it } from 'vitest';
import { createEgress } from '../egress/egress.ts';
import { createKmsWrapper } from './kms-wrapper.ts';

it('createKmsWrapper says which package is to be installed where it is not', async () => {
  const policy = {
    kind: 'aws-kms',
    key: 'alias/people',
    region: 'eu-central-1',
    endpoint: null,
    context: new Map<string, string>(),
    held: { renewMs: 1, keepMs: 1, uses: 1 },
  } as const;
  const wrapper = createKmsWrapper(policy, createEgress(), () => Promise.reject(new Error('ERR_MODULE_NOT_FOUND')));
  await expect(wrapper.make({ name: 'k1', version: 1 })).rejects.toMatchObject({
    kind: 'refused',
    message: 'AWS KMS needs a package that is not installed: npm install @aws-sdk/client-kms',
  });
  wrapper.close();
});
