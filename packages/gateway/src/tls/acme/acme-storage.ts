import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { writeNew, writeWhole } from '../../write-whole.ts';
import { makePrivateFolder } from '../private-folder.ts';

/** What is known of attempts that failed since the last that did not. */
export interface FailedAttempts {
  readonly failures: number;
  /** No attempt before. */
  readonly notBeforeMs: number;
}

/** A certificate with its chain and its key, in PEM. */
export interface KeptCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What is served for one challenge. */
export interface KeptChallenge {
  readonly token: string;
  readonly domain: string;
  readonly keyAuthorization: string;
}

/** A lock that was not touched for so long belongs to a process that has died. */
const LOCK_LIFE_MS = 10 * 60_000;
const NO_FAILURES: FailedAttempts = { failures: 0, notBeforeMs: 0 };

/**
 * The files of one account: `account.pem`, `certificate.pem` with its key in it (so that one rename replaces both), what failed, and the
 * challenges under way, for every machine that shares the folder. All are for this user alone. What is missing or broken reads as absent.
 */
export class AcmeStorage {
  /** The folder of this directory's account: a certificate of a test authority must not be taken for one of the real authority. */
  readonly folder: string;
  readonly #root: string;

  constructor(root: string, directory: string) {
    this.#root = root;
    this.folder = join(root, createHash('sha256').update(directory).digest('hex').slice(0, 16));
  }

  get certificateFile(): string {
    return join(this.folder, 'certificate.pem');
  }

  /** Throws the system's error where the folder cannot be made or written. */
  open(): void {
    makePrivateFolder(this.#root);
    makePrivateFolder(this.folder);
  }

  /** The key of the account; made where there is none. Of two processes that make one at once both get the same. */
  accountKey(): KeyObject {
    const file = join(this.folder, 'account.pem');
    const kept = readText(file);
    if (kept !== null) return createPrivateKey(kept);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    try {
      writeNew(file, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
    } catch (error) {
      // Somebody else was first.
      if (!existsSync(file)) throw error;
    }
    return createPrivateKey(readFileSync(file, 'utf8'));
  }

  certificate(): KeptCertificate | null {
    const text = readText(this.certificateFile);
    const key = text === null ? null : /-----BEGIN PRIVATE KEY-----[^-]*-----END PRIVATE KEY-----\n?/.exec(text);
    return text === null || key === null ? null : { certificate: text.replace(key[0], ''), key: key[0] };
  }

  keepCertificate({ certificate, key }: KeptCertificate): void {
    writeWhole(this.certificateFile, key + certificate);
  }

  failures(): FailedAttempts {
    try {
      const kept = JSON.parse(readText(join(this.folder, 'failures.json')) ?? '{}') as Partial<FailedAttempts>;
      const { failures, notBeforeMs } = kept;
      return Number.isSafeInteger(failures) && Number.isFinite(notBeforeMs)
        ? { failures: failures as number, notBeforeMs: notBeforeMs as number }
        : NO_FAILURES;
    } catch {
      return NO_FAILURES;
    }
  }

  keepFailures(failed: FailedAttempts | null): void {
    const file = join(this.folder, 'failures.json');
    if (failed === null) rmSync(file, { force: true });
    else writeWhole(file, `${JSON.stringify(failed)}\n`);
  }

  /**
   * Takes the lock, so that of several processes one orders; null where another has it. A lock whose holder has died is taken after ten
   * minutes. Two that do so in the same instant could both order: that costs an order and harms nothing.
   */
  lock(nowMs: number): { refresh(): void; release(): void } | null {
    const file = join(this.folder, 'lock');
    const own = randomBytes(16).toString('hex');
    const age = nowMs - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? nowMs);
    if (age > LOCK_LIFE_MS)
      try {
        renameSync(file, `${file}.${own}`);
        rmSync(`${file}.${own}`, { force: true });
      } catch {
        // Another process was quicker.
      }
    try {
      writeNew(file, own);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null;
      throw error;
    }
    return {
      refresh() {
        try {
          utimesSync(file, new Date(), new Date());
        } catch {
          // It was taken away: whoever did so thought this process dead.
        }
      },
      release() {
        if (readText(file) === own) rmSync(file, { force: true });
      },
    };
  }

  keepChallenge(challenge: KeptChallenge): void {
    const text = JSON.stringify(challenge);
    writeWhole(this.#challengeFile('token', challenge.token), text);
    writeWhole(this.#challengeFile('domain', challenge.domain), text);
  }

  dropChallenge({ token, domain }: KeptChallenge): void {
    rmSync(this.#challengeFile('token', token), { force: true });
    rmSync(this.#challengeFile('domain', domain), { force: true });
  }

  /** The challenge under way with this token, or for this domain; null for none. Both come from strangers and lead to no other file. */
  challenge(by: 'token' | 'domain', value: string): KeptChallenge | null {
    try {
      const text = readText(this.#challengeFile(by, value));
      const kept = text === null ? null : (JSON.parse(text) as KeptChallenge);
      return kept !== null && kept[by] === value ? kept : null;
    } catch {
      return null;
    }
  }

  /** Named by a digest: whatever stands in `value` is no path. */
  #challengeFile(by: string, value: string): string {
    return join(this.folder, `challenge-${by}-${createHash('sha256').update(value).digest('hex').slice(0, 32)}.json`);
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
