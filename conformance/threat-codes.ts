import type { Code } from '@sallyport/core';
import { openDoor, type Door } from './door.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Notes', version: '1' },
  paths: {
    '/notes': {
      get: {
        operationId: 'findNotes',
        parameters: [{ name: 'q', in: 'query', schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
  },
};

/** What leads to the code of injections in free text. */
export const THREAT_SCENARIOS: Readonly<Partial<Record<Code, (door: Door) => Promise<Response>>>> = {
  THREAT_DETECTED: (door) => fetch(`${door.url}/notes?q=${encodeURIComponent("x' or '1'='1")}`),
};

export function openThreatDoor(): Promise<Door> {
  return openDoor({ document: DOCUMENT });
}
