import { createMemoryCounters } from '@sallyport/gateway';
import { describeCounters } from './counters.suite.ts';

describeCounters('memory', async () => ({ counters: createMemoryCounters(), close: async () => undefined }));
