import { describe, expect, test } from 'vitest';
import { classifyFailure } from './classify-failure.ts';

function failure(code: string, message: string) {
  return classifyFailure(Object.assign(new Error(message), { code }));
}

describe('classifyFailure', () => {
  test.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'])(
    '%s is unreachable, and the cause names the setting that mends it instead of an option of Node',
    (code) => {
      expect(failure(code, 'self-signed certificate; try running Node.js with --use-system-ca')).toEqual({
        code: 'UPSTREAM_UNREACHABLE',
        cause: `${code}: no authority that is trusted vouches for the certificate of the upstream; name its own under upstream.tls.ca`,
      });
    },
  );

  test('TLS towards what speaks none is told as that', () => {
    const { code, cause } = failure(
      'ERR_SSL_WRONG_VERSION_NUMBER',
      '4031:error:0A00010B:SSL routines::wrong version\n',
    );
    expect([code, cause]).toEqual(['UPSTREAM_UNREACHABLE', expect.stringContaining('does not speak TLS')]);
  });

  test.each([
    [
      'EMFILE',
      'connect',
      'this process has too many files open; raise the limit of open files (ulimit -n, LimitNOFILE)',
    ],
    [
      'ENFILE',
      'connect',
      'this machine has too many files open; raise the limit of open files (ulimit -n, LimitNOFILE)',
    ],
    ['EBUSY', 'getaddrinfo', 'getaddrinfo EBUSY localhost'],
  ])('%s while %s is unreachable: the upstream has not heard of the request', (code, syscall, cause) => {
    expect(classifyFailure(Object.assign(new Error(`${syscall} ${code} localhost`), { code, syscall }))).toEqual({
      code: 'UPSTREAM_UNREACHABLE',
      cause: `${code}: ${cause}`,
    });
  });

  test('nobody listening keeps what the system says', () => {
    expect(failure('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:3999')).toEqual({
      code: 'UPSTREAM_UNREACHABLE',
      cause: 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:3999',
    });
  });
});
