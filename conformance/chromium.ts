import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A real Chromium on the path; null where there is none. */
export function chromiumPath(): string | null {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'])
    for (const name of NAMES) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  return null;
}
