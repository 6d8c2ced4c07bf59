import { spawn, type ChildProcess } from 'node:child_process';
import type { ClientAuthority, ClientPair } from './client-authority.ts';
import { freePorts } from './pebble.ts';

/** A real OCSP responder, `openssl ocsp`, for what an authority has issued and revoked. */
export interface OcspResponder {
  readonly url: string;
  /** `signer`: who signs the answers; the authority itself where absent. */
  start(signer?: ClientPair): Promise<void>;
  stop(): Promise<void>;
  /** How many questions it was asked since it was started. */
  asked(): number;
}

export async function createOcspResponder(authority: ClientAuthority): Promise<OcspResponder> {
  const [port = 0] = await freePorts(1);
  let child: ChildProcess | null = null;
  let said = '';
  const stop = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once('close', () => resolve()));
    running.kill('SIGKILL');
    await ended;
  };
  return {
    url: `http://127.0.0.1:${port}/`,
    stop,
    asked: () => said.match(/Received request/g)?.length ?? 0,
    async start(signer = authority) {
      await stop();
      said = '';
      const words = ['ocsp', '-index', 'index.txt', '-port', String(port), '-CA', 'ca.pem', '-nmin', '60'];
      const started = spawn('openssl', [...words, '-rsigner', signer.certificateFile, '-rkey', signer.keyFile], {
        cwd: authority.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        for (const stream of [started.stdout, started.stderr])
          stream.on('data', (chunk: Buffer) => {
            said += chunk.toString('latin1');
            // A connection that says nothing would keep it busy: it takes one at a time.
            if (/waiting for OCSP client connections|ACCEPT/.test(said)) resolve();
          });
        started.once('error', reject);
        started.once('close', () => reject(new Error(`openssl ocsp ended: ${said}`)));
      });
    },
  };
}
