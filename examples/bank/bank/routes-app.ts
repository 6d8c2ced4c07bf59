import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Route } from './call.ts';

const FOLDER = join(import.meta.dirname, '../app');

function file(path: RegExp, name: string, type: string): Route {
  return {
    method: 'GET',
    path,
    answer: async () => ({ status: 200, type, body: await readFile(join(FOLDER, name), 'utf8') }),
  };
}

/** The pages for browsers. */
export const APP_ROUTES: readonly Route[] = [
  file(/^\/app$/, 'index.html', 'text/html; charset=utf-8'),
  file(/^\/app\/app\.js$/, 'app.js', 'text/javascript; charset=utf-8'),
  file(/^\/app\/app\.css$/, 'app.css', 'text/css; charset=utf-8'),
];
