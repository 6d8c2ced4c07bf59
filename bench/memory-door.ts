/** The gateway of `memory.ts`, in a process of its own: tells what it holds after garbage collection whenever it is asked. */
import { startGateway } from '@sallyport/gateway';

const [policyFile = ''] = process.argv.slice(2);
const gateway = await startGateway({ policyFile, overrides: { port: 0 }, environment: () => undefined, watch: false });
process.send?.({ port: gateway.port });

process.on('message', (message) => {
  if (message === 'measure') {
    global.gc?.();
    global.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ heapUsed, external, rss });
  } else void gateway.close().then(() => process.exit(0));
});
