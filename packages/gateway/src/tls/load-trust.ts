import { readFileSync } from 'node:fs';
import { fileReason } from '../file-reason.ts';
import { LIST_SIGN } from './certificate-fields.ts';
import { keyName, parseCertificate, type ReadCertificate } from './read-certificate.ts';
import type { ClientTrust } from './client-trust.ts';
import { beginOf, counts, IssuerLists, type KnownLists } from './issuer-lists.ts';
import { readPemBlocks } from './pem.ts';
import { readRevocationLists, type RevocationList } from './revocation-list.ts';
import type { TlsFileProblems } from './tls-file-problems.ts';

export type Read = (file: string, setting: string) => Buffer | null;

/** Reads files and notes them; what cannot be read is a problem. */
export function createReader(files: string[], found: TlsFileProblems): Read {
  return (file, setting) => {
    files.push(file);
    try {
      return readFileSync(file);
    } catch (error) {
      found.add(file, `${setting} cannot be read: ${fileReason(error)}`, 'Name a file that this process may read.');
      return null;
    }
  };
}

interface LoadedTrust extends ClientTrust {
  readonly pem: string;
}

export interface TrustOptions {
  readonly nowMs: number;
  /** The lists that counted before this load; absent where nothing was loaded before. */
  readonly knownLists?: KnownLists | undefined;
}

/** The authorities of `setting` and their revocation lists. */
export function loadTrust(
  asked: { readonly authorities: string; readonly revocation: string | null },
  setting: string,
  read: Read,
  { nowMs, knownLists }: TrustOptions,
  found: TlsFileProblems,
): LoadedTrust {
  const file = read(asked.authorities, `${setting}.authorities`);
  const authorities = file === null ? [] : readAuthorities(asked.authorities, file.toString('latin1'), nowMs, found);
  const lists =
    asked.revocation === null
      ? null
      : loadLists(asked.revocation, `${setting}.revocation`, authorities, read, { nowMs, knownLists }, found);
  return { pem: file?.toString('latin1') ?? '', authorities, lists };
}

function readAuthorities(file: string, pem: string, nowMs: number, found: TlsFileProblems): ReadCertificate[] {
  const authorities: ReadCertificate[] = [];
  let blocks: Buffer[] = [];
  try {
    blocks = readPemBlocks(pem, 'CERTIFICATE');
  } catch {
    // Told below: nothing was read.
  }
  if (blocks.length === 0)
    found.add(file, 'there is no certificate in it', 'Name a PEM file with the certificates of the authorities.');
  for (const [index, block] of blocks.entries()) {
    const authority = parseCertificate(block);
    if (authority === null || !authority.x509.ca || authority.fields.unknownCritical) {
      found.add(
        file,
        `certificate ${index + 1} is not one of an authority`,
        'Name certificates that may sign others (CA:TRUE); a single client is named in allowed of its scheme.',
      );
      continue;
    }
    if (nowMs > authority.x509.validToDate.getTime())
      found.warn(file, `certificate ${index + 1} has expired`, 'Remove it: nothing that it issued is accepted.');
    authorities.push(authority);
  }
  return authorities;
}

/** Reads the lists and files each under the key that signed it. Of several lists of one authority the newest that has begun counts. */
function loadLists(
  file: string,
  setting: string,
  authorities: readonly ReadCertificate[],
  read: Read,
  { nowMs, knownLists }: TrustOptions,
  found: TlsFileProblems,
): Map<string, IssuerLists> {
  const byKey = new Map<string, RevocationList[]>();
  const bytes = read(file, setting);
  if (bytes === null || authorities.length === 0) return new Map();
  let lists: RevocationList[] = [];
  try {
    lists = readRevocationLists(bytes);
  } catch (error) {
    found.add(
      file,
      `the revocation list cannot be used: ${error instanceof Error ? error.message : 'it is malformed'}`,
      'Name the complete lists (CRL) of the authorities, in PEM, or one in DER.',
    );
  }
  for (const [index, list] of lists.entries()) {
    const signers = authorities.filter(
      ({ x509, fields }) =>
        fields.subject === list.issuer &&
        (fields.keyUsage === null || (fields.keyUsage & LIST_SIGN) !== 0) &&
        list.isSignedBy(x509.publicKey),
    );
    if (signers.length === 0)
      found.add(
        file,
        `list ${index + 1} is signed by none of the authorities`,
        'Name the authority that signed it in authorities.',
      );
    else if (nowMs < beginOf(list))
      found.warn(
        file,
        `list ${index + 1} counts from ${new Date(beginOf(list)).toISOString()} on, by itself; until then the one before it does, or else certificates of its issuer are refused`,
        'Compare the clocks of the authority and of this machine, where the list was made just now.',
      );
    else if (nowMs > list.nextUpdateMs)
      found.warn(
        file,
        `list ${index + 1} is past its nextUpdate: certificates of its issuer are refused`,
        'Fetch the current list; it is taken without a restart.',
      );
    for (const { x509 } of signers) byKey.set(keyName(x509), [...(byKey.get(keyName(x509)) ?? []), list]);
  }
  for (const [index, { x509 }] of authorities.entries())
    if (lists.length > 0 && !byKey.has(keyName(x509)))
      found.warn(
        file,
        `there is no list of authority ${index + 1}: certificates that it issued are refused`,
        'Add the list that it publishes, an empty one where nothing is revoked.',
      );
  return new Map(
    [...byKey].flatMap(([key, [first, ...others]]) =>
      first === undefined ? [] : [[key, withKnown(key, [first, ...others], nowMs, knownLists)] as const],
    ),
  );
}

/** Where all lists of an authority are of a time to come, the one that counts now goes on until then. */
function withKnown(
  key: string,
  [first, ...others]: readonly [RevocationList, ...RevocationList[]],
  nowMs: number,
  known: KnownLists | undefined,
): IssuerLists {
  const lists = [first, ...others];
  const before = lists.every((list) => nowMs < beginOf(list)) ? (known?.get(key) ?? null) : null;
  const all = new IssuerLists(first, ...others, ...(before !== null && counts(before, nowMs) ? [before] : []));
  const current = all.at(nowMs);
  if (counts(current, nowMs)) known?.set(key, current);
  return all;
}
