import type { ExamplePorts } from './example.ts';

const JSON_TYPE = "-H 'Content-Type: application/json'";

/** Reads a token out of the bank's answer to a login with what every machine has. Goes to `url`, the bank or the door. */
export function tokenCommand(url: string): string {
  const login = `curl -s ${url}/v1/auth/login ${JSON_TYPE} -d '{"email":"alice@harbour.example","password":"alice-demo-password"}'`;
  return `TOKEN=$(${login} | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`;
}

/** One screen: what runs where, and what to try. */
export function renderScreen(ports: ExamplePorts): string {
  const door = `http://127.0.0.1:${ports.doorPort}`;
  const bank = `http://127.0.0.1:${ports.bankPort}`;
  const bearer = '-H "Authorization: Bearer $TOKEN"';
  return `Sallyport guards Harbour Bank, an API that is wrong on purpose.

  the door   ${door}/v1   only what examples/bank/openapi.yaml declares gets in and out
  its admin  http://127.0.0.1:${ports.adminPort}
  the bank   ${bank}/v1   bare, to compare; in real life nobody could reach it past the door

In a browser, log in as alice@harbour.example with alice-demo-password:

  ${door}/app

In another terminal, first a token (valid for ten minutes):

  ${tokenCommand(door)}

1. Passes, with the undeclared fields of the bank's answer taken out. Compare:
  curl -s ${door}/v1/users/me ${bearer}
  curl -s ${bank}/v1/users/me ${bearer}
   The same with /v1/accounts: the bank has its IBANs encrypted, and no key.
2. 401: no token
  curl -i ${door}/v1/accounts
3. 404: an old version, still running and in no document. Compare:
  curl -i ${door}/v0/accounts/1002
  curl -i ${bank}/v0/accounts/1002
4. 422: become an administrator
  curl -i -X PATCH ${door}/v1/users/me ${bearer} ${JSON_TYPE} -d '{"role":"admin"}'
5. 429: guess passwords
  for n in 1 2 3 4 5 6; do curl -s -o /dev/null -w '%{http_code}\\n' ${door}/v1/auth/login ${JSON_TYPE} -d '{"email":"bob@harbour.example","password":"guess-number-'$n'"}'; done

All attacks at once, bare and through the door:  npm run attack
Ctrl-C stops all of it.`;
}
