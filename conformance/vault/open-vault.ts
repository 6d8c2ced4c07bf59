import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { freePorts } from '../tls/pebble.ts';
import { openProxy, type Proxy } from './open-proxy.ts';
import { openVaultDouble } from './vault-double.ts';

/** A Vault for one suite, with everything mounted that the suites use, behind a way that can be cut. */
export interface TestVault extends Proxy {
  /** Of the administrator. */
  readonly token: string;
  /** As the administrator, not by way of the proxy. */
  admin(method: 'GET' | 'POST', path: string, body?: object): Promise<Record<string, unknown>>;
}

/** Which Vaults the suites run against: the double, and a real one where there is one. */
export function vaultsHere(): readonly ('double' | 'real')[] {
  return realVault() === null ? ['double'] : ['double', 'real'];
}

/** A program that starts one, or one that runs: `SALLYPORT_VAULT_ADDR` with `SALLYPORT_VAULT_TOKEN`. */
function realVault(): { readonly program: string | null } | null {
  if (process.env['SALLYPORT_VAULT_ADDR'] !== undefined) return { program: null };
  const program =
    ['bao', 'vault'].find((name) => spawnSync(name, ['version'], { stdio: 'ignore' }).status === 0) ?? null;
  return program === null ? null : { program };
}

export async function openVault(kind: 'double' | 'real'): Promise<TestVault> {
  const { address, token, close } = kind === 'double' ? await openVaultDouble() : await openRealVault();
  const proxy = await openProxy(address);
  const admin: TestVault['admin'] = async (method, path, body) => {
    const answer = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { 'X-Vault-Token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  return {
    ...proxy,
    token,
    admin,
    async close() {
      await proxy.close();
      await close();
    },
  };
}

/** A name that nothing has yet: a real Vault may be used by several suites. */
export function freshName(): string {
  return `t${randomUUID().slice(0, 8)}`;
}

async function openRealVault(): Promise<Awaited<ReturnType<typeof openVaultDouble>>> {
  const found = realVault();
  if (found === null) throw new Error('there is no real Vault here');
  if (found.program === null)
    return {
      address: process.env['SALLYPORT_VAULT_ADDR'] ?? '',
      token: process.env['SALLYPORT_VAULT_TOKEN'] ?? '',
      close: () => Promise.resolve(),
    };
  const [port] = await freePorts(1);
  const token = randomUUID();
  const child = spawn(
    found.program,
    ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${port}`, `-dev-root-token-id=${token}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  await started(child);
  return {
    address: `http://127.0.0.1:${port}`,
    token,
    async close() {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes('Root Token:')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`it ended: ${said}`)));
  });
}
