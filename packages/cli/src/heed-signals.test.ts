import { afterEach, expect, it, vi } from 'vitest';

const before = ['SIGHUP', 'SIGTERM', 'SIGINT'].map(
  (signal) => [signal, process.listeners(signal as NodeJS.Signals)] as const,
);
afterEach(() => {
  vi.restoreAllMocks();
  for (const [signal, listeners] of before)
    for (const listener of process.listeners(signal as NodeJS.Signals))
      if (!listeners.includes(listener)) process.off(signal, listener);
});

it('hands signals on, asks for a reload again that was asked for during the start, and ends a start that is told to stop', async () => {
  const { heedSignals, takeSignals } = await import('./heed-signals.ts');
  const done: string[] = [];
  const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  heedSignals();
  process.emit('SIGHUP');
  expect(() => process.emit('SIGTERM')).toThrow('exit 0');
  takeSignals({ reload: () => done.push('reload'), stop: () => done.push('stop') });
  process.emit('SIGHUP');
  process.emit('SIGTERM');
  process.emit('SIGINT');
  expect(done).toEqual(['reload', 'reload', 'stop', 'stop']);
  expect(exit).toHaveBeenCalledTimes(1);
});
