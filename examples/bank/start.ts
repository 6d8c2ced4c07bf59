import { parseArgs } from 'node:util';
import { openDoor } from './door.ts';
import { DEFAULT_PORTS, sharedPort, startExample, startFailure } from './example.ts';
import type { ExamplePorts } from './example.ts';
import { createHeldLog } from './held-log.ts';
import { renderScreen } from './screen.ts';
import { createStopSignal } from './stop-signal.ts';

const HELP = `Starts an example: a vulnerable bank, Sallyport in front of it, and a provider where browsers log in.

  npm start
  npm start -- --port 8081 --admin-port 9091 --bank-port 3002 --provider-port 3003`;

function readPorts(): ExamplePorts | null {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: String(DEFAULT_PORTS.doorPort) },
      'admin-port': { type: 'string', default: String(DEFAULT_PORTS.adminPort) },
      'bank-port': { type: 'string', default: String(DEFAULT_PORTS.bankPort) },
      'provider-port': { type: 'string', default: String(DEFAULT_PORTS.providerPort) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const ports = {
    bankPort: toPort(values['bank-port']),
    providerPort: toPort(values['provider-port']),
    doorPort: toPort(values.port),
    adminPort: toPort(values['admin-port']),
  };
  const shared = sharedPort(ports);
  if (shared !== null) throw new Error(shared);
  return ports;
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('a port is a number from 1 to 65535');
  return port;
}

async function main(): Promise<void> {
  const ports = readPorts();
  if (ports === null) {
    console.log(HELP);
    return;
  }
  // What the door says while it starts comes behind the screen: nobody reads a screen that begins with two lines of JSON.
  const log = createHeldLog((line) => console.log(line));
  try {
    const example = await startExample(ports, (options) => openDoor({ ...options, logLine: log.line }));
    console.log(renderScreen(ports));
    log.release();
    const stop = createStopSignal({
      close: () => {
        console.log('\nStopping the door, the provider and the bank.');
        example.close().catch((error: unknown) => {
          console.error(error instanceof Error ? error.message : String(error));
          process.exit(1);
        });
      },
      force: () => process.exit(130),
      nowMs: () => performance.now(),
    });
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  } catch (error) {
    console.error(startFailure(error, ports));
    log.release();
    process.exitCode = 2;
  }
}

try {
  await main();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  process.exitCode = 2;
}
