import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const DOCUMENT = join(import.meta.dirname, 'openapi.yaml');
export const POLICY = join(import.meta.dirname, 'sallyport.yaml');
/** What partners send as X-Api-Key. No secret: sallyport.yaml holds its SHA-256 for the example. */
export const DEMO_PARTNER_KEY = 'demo-partner-key-lighthouse-5d1c8e42';

export interface PolicyPorts {
  /** Where the bank listens; it is also the issuer of the tokens. */
  readonly bankUrl: string;
  /** Where browsers log in; nobody has to listen there. */
  readonly providerUrl: string;
  /** Path of the database that sessions are kept in; it is made where it is missing. */
  readonly storePath: string;
  /** The folder with the keys that `makeBankKeys` made. */
  readonly keyFolder: string;
  /** Where the door shall listen; 0 takes any free port. */
  readonly doorPort: number;
  /** The admin port; null for none. */
  readonly adminPort: number | null;
}

/** The example's sallyport.yaml with the ports of this run. Throws where the file no longer has the lines that are exchanged. */
export async function policyText(ports: PolicyPorts): Promise<string> {
  const text = await readFile(POLICY, 'utf8');
  const exchanged: readonly (readonly [string, string])[] = [
    ['  url: http://127.0.0.1:3000\n', `  url: ${ports.bankUrl}\n`],
    ['    issuer: http://127.0.0.1:3000 ', `    issuer: ${ports.bankUrl} `],
    ['      issuer: http://127.0.0.1:3001\n', `      issuer: ${ports.providerUrl}\n`],
    ['store: sqlite:./sallyport.db # sessions\n', `store: ${JSON.stringify(`sqlite:${ports.storePath}`)}\n`],
    [
      '    keys: { file: data-keys.json, master: master.key }\n',
      `    keys: ${JSON.stringify({ file: join(ports.keyFolder, 'data-keys.json'), master: join(ports.keyFolder, 'master.key') })}\n`,
    ],
    ['  port: 8080\n', `  port: ${ports.doorPort}\n`],
    ['admin: { port: 9090 }\n', ports.adminPort === null ? 'admin: off\n' : `admin: { port: ${ports.adminPort} }\n`],
  ];
  return exchanged.reduce((now, [line, replacement]) => {
    if (now.split(line).length !== 2) throw new Error(`${POLICY} should have the line "${line.trim()}" once`);
    return now.replace(line, replacement);
  }, text);
}
