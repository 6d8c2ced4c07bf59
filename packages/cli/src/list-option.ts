import { Option } from 'commander';

/** An option that may be given several times, each value read by `read`: an empty list where it is not given, which help calls `without`. */
export function listOption<Value>(
  flags: string,
  description: string,
  read: (text: string) => Value,
  without = 'none',
): Option {
  return new Option(flags, `${description}; may be given several times`)
    .argParser((text: string, all: readonly Value[]) => [...all, read(text)])
    .default([], without);
}
