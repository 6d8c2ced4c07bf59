import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pair } from './certificates.ts';

export interface ClientPair extends Pair {
  /** Files, for clients that want names. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface ClientRequest {
  /** `/CN=alice`. */
  readonly subject: string;
  /** Lines of an OpenSSL extension section; default: a certificate for clients. */
  readonly extensions?: string;
  /** `YYYYMMDDHHMMSSZ`. */
  readonly from?: string;
  readonly to?: string;
}

/** An authority for clients, kept by `openssl ca` with its database, so that it can revoke. */
export interface ClientAuthority extends ClientPair {
  readonly folder: string;
  issue(request: ClientRequest): ClientPair;
  /** An authority that this one vouches for; `extensions` come on top of its own. */
  below(name: string, extensions?: string): ClientAuthority;
  revoke(pair: ClientPair): void;
  /** Adds so many made-up serial numbers to those revoked. */
  revokeMany(count: number): void;
  /** The revocation list in PEM. */
  list(options?: { readonly from: string; readonly to: string }): string;
  close(): void;
}

const CONFIGURATION = `[ca]
default_ca = d
[d]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = sha256
policy = p
certificate = ca.pem
private_key = ca.key
default_days = 2
default_crl_days = 30
unique_subject = no
[p]
organizationName = optional
organizationalUnitName = optional
commonName = optional
`;
const CLIENT = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n';
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Null where there is no openssl. */
export function createClientAuthority(name = 'Client CA', extension?: string): ClientAuthority | null {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-clients-'));
  try {
    run(
      folder,
      'req',
      '-x509',
      ...EC,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
      ...(extension === undefined ? [] : ['-addext', extension]),
    );
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  return authorityIn(folder);
}

function run(folder: string, ...words: string[]): void {
  execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
}

function authorityIn(folder: string): ClientAuthority {
  writeFileSync(join(folder, 'ca.cnf'), CONFIGURATION);
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'serial'), '1000\n');
  writeFileSync(join(folder, 'crlnumber'), '01\n');
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const pairOf = (file: string): ClientPair => ({
    certificate: read(`${file}.pem`),
    key: read(`${file}.key`),
    certificateFile: join(folder, `${file}.pem`),
    keyFile: join(folder, `${file}.key`),
  });
  let count = 0;
  const issue = ({ subject, extensions = CLIENT, from, to }: ClientRequest): ClientPair => {
    count += 1;
    const file = `client${count}`;
    writeFileSync(join(folder, 'ext'), extensions);
    run(folder, 'req', ...EC, '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', subject);
    const dates = [...(from === undefined ? [] : ['-startdate', from]), ...(to === undefined ? [] : ['-enddate', to])];
    const words = ['-batch', '-notext', '-config', 'ca.cnf', '-extfile', 'ext', '-in', `${file}.csr`];
    run(folder, 'ca', ...words, '-out', `${file}.pem`, ...dates);
    return pairOf(file);
  };
  return {
    ...pairOf('ca'),
    folder,
    issue,
    below(name, extensions = '') {
      const made = issue({
        subject: `/CN=${name}`,
        extensions: 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n' + extensions,
      });
      const place = mkdtempSync(join(tmpdir(), 'sallyport-clients-'));
      writeFileSync(join(place, 'ca.pem'), made.certificate);
      writeFileSync(join(place, 'ca.key'), made.key);
      return authorityIn(place);
    },
    revoke: (pair) => run(folder, 'ca', '-config', 'ca.cnf', '-revoke', pair.certificateFile),
    revokeMany(many) {
      const lines: string[] = [];
      for (let i = 0; i < many; i += 1)
        lines.push(`R\t350101000000Z\t250101000000Z\t${(0x4000000000 + i).toString(16).toUpperCase()}\tunknown\t/CN=x`);
      appendFileSync(join(folder, 'index.txt'), `${lines.join('\n')}\n`);
    },
    list(options) {
      const dates = options === undefined ? [] : ['-crl_lastupdate', options.from, '-crl_nextupdate', options.to];
      run(folder, 'ca', '-config', 'ca.cnf', '-gencrl', '-out', 'list.pem', ...dates);
      return read('list.pem');
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
