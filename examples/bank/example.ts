import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningBank } from './api.ts';
import type { Door, OpenDoor } from './door.ts';
import type { RunningProvider } from './provider.ts';
import { startBank } from './api.ts';
import { makeBankKeys } from './bank-keys.ts';
import { startProvider } from './provider.ts';
import { DOCUMENT, policyText } from './policy-text.ts';

export interface ExamplePorts {
  readonly bankPort: number;
  readonly doorPort: number;
  readonly adminPort: number;
  readonly providerPort: number;
}

/** Where the example listens unless somebody says otherwise. */
export const DEFAULT_PORTS: ExamplePorts = { bankPort: 3000, providerPort: 3001, doorPort: 8080, adminPort: 9090 };

/** Who listens at each of the ports, and the option that chooses another. */
const LISTENERS = [
  ['bankPort', 'the bank', '--bank-port'],
  ['providerPort', 'the provider', '--provider-port'],
  ['doorPort', 'the door', '--port'],
  ['adminPort', "the door's admin port", '--admin-port'],
] as const;

/** What to tell somebody who gave two listeners one port; null where each has its own. */
export function sharedPort(ports: ExamplePorts): string | null {
  for (const [at, [name, , option]] of LISTENERS.entries())
    for (const [other, , otherOption] of LISTENERS.slice(at + 1))
      if (ports[name] === ports[other])
        return `${option} and ${otherOption} are both ${ports[name]}: give each its own`;
  return null;
}

export interface RunningExample {
  readonly bank: RunningBank;
  readonly door: Door;
  readonly provider: RunningProvider;
  /** Stops the door, then the provider and the bank. */
  close(): Promise<void>;
}

/** Starts the bank, the provider and the door in front of the bank. Where one of them does not start, the others are stopped again and the reason thrown. */
export async function startExample(ports: ExamplePorts, openDoor: OpenDoor): Promise<RunningExample> {
  const folder = await mkdtemp(join(tmpdir(), 'harbour-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const stop of closers.reverse()) await stop();
  };
  try {
    const bank = await startBank(ports.bankPort, makeBankKeys(folder));
    closers.push(() => bank.close());
    const provider = await startProvider(ports.providerPort, (email, password) => {
      const user = [...bank.bank.state.users.values()].find((one) => one.email === email && one.password === password);
      return user === undefined
        ? null
        : { id: user.id, name: user.displayName, roles: [user.role === 'admin' ? 'staff' : 'customer'] };
    });
    closers.push(() => provider.close());
    const policy = await policyText({
      bankUrl: bank.url,
      providerUrl: provider.url,
      storePath: join(folder, 'sessions.db'),
      keyFolder: folder,
      doorPort: ports.doorPort,
      adminPort: ports.adminPort,
    });
    const door = await openDoor({ upstream: bank.url, document: DOCUMENT, policy });
    closers.push(() => door.close());
    await provider.register(door.url);
    return { bank, door, provider, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What to tell somebody whose example did not start: for a taken port, whose it may be and how to choose another. */
export function startFailure(error: unknown, ports: ExamplePorts): string {
  const port = takenPort(error);
  if (port === null) return `The example did not start: ${error instanceof Error ? error.message : String(error)}`;
  const [name, what] = LISTENERS.find(([listener]) => ports[listener] === port) ?? LISTENERS[0];
  let free = port + 1;
  while (Object.values(ports).includes(free)) free++;
  const wanted = { ...ports, [name]: free };
  const options = LISTENERS.filter(([listener]) => wanted[listener] !== DEFAULT_PORTS[listener]);
  return [
    `Port ${port} on 127.0.0.1 is taken, so ${what} cannot listen there.`,
    `  Perhaps the example is still running in another terminal: stop it with Ctrl-C.`,
    `  Who has it:      lsof -nP -iTCP:${port} -sTCP:LISTEN     (or: ss -ltnp 'sport = :${port}')`,
    `  Another port:    npm start -- ${options.map(([listener, , option]) => `${option} ${wanted[listener]}`).join(' ')}`,
  ].join('\n');
}

/** The port of an EADDRINUSE, wherever in the chain of causes it is. Null for any other error. */
function takenPort(error: unknown): number | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const { code, port } = at as Error & { code?: unknown; port?: unknown };
    if (code === 'EADDRINUSE' && typeof port === 'number') return port;
  }
  return null;
}
