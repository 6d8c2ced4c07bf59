import { request } from 'undici';

/** What a page load or a call came to. */
export interface Loaded {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/**
 * As much of a browser as logins need: a jar of cookies that ports share, as in real ones; the headers that tell what kind of request it is; redirects, one by one.
 * It keeps every URL that it was at and every cookie that it was given.
 */
export class MiniBrowser {
  readonly #cookies = new Map<string, { readonly name: string; readonly path: string; value: string }>();
  readonly setCookies: string[] = [];
  readonly visited: string[] = [];

  /** The value of a cookie of the whole site. */
  cookie(name: string): string | undefined {
    return this.#cookies.get(`${name} /`)?.value;
  }

  plant(name: string, value: string): void {
    this.#cookies.set(`${name} /`, { name, path: '/', value });
  }

  /** Opens a page and follows redirects, at most `hops`. */
  async open(url: string, hops = 10, site = 'none'): Promise<Loaded> {
    const loaded = await this.#send('GET', url, {
      Accept: 'text/html,*/*',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
      'Sec-Fetch-Site': site,
    });
    return this.#follow(loaded, hops);
  }

  /** Sends a form of a page, as a navigation. */
  async submit(url: string, fields: Readonly<Record<string, string>>, hops = 10): Promise<Loaded> {
    const loaded = await this.#send(
      'POST',
      url,
      {
        'Sec-Fetch-Mode': 'navigate',
        'Sec-Fetch-Dest': 'document',
        'Sec-Fetch-Site': 'same-origin',
        Origin: new URL(url).origin,
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      new URLSearchParams(fields).toString(),
    );
    return this.#follow(loaded, hops);
  }

  /** What a script of a page of the same origin gets. */
  call(url: string, method = 'GET', headers: Readonly<Record<string, string>> = {}, body?: string): Promise<Loaded> {
    return this.#send(
      method,
      url,
      {
        Accept: '*/*',
        'Sec-Fetch-Mode': 'cors',
        'Sec-Fetch-Dest': 'empty',
        'Sec-Fetch-Site': 'same-origin',
        ...(method === 'GET' ? {} : { Origin: new URL(url).origin }),
        ...headers,
      },
      body,
    );
  }

  async #follow(first: Loaded, hops: number): Promise<Loaded> {
    let loaded = first;
    for (let left = hops; left > 0 && loaded.status >= 300 && loaded.status < 400; left--) {
      const next = new URL(String(loaded.headers['location']), loaded.url).href;
      loaded = await this.open(next, 0, 'cross-site');
    }
    return loaded;
  }

  async #send(method: string, url: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Loaded> {
    this.visited.push(url);
    const { pathname } = new URL(url);
    const cookie = [...this.#cookies.values()]
      .filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const answer = await request(url, {
      method: method as 'GET',
      headers: { ...headers, ...(cookie === '' ? {} : { Cookie: cookie }) },
      ...(body === undefined ? {} : { body }),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return { url, status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [pair = '', ...attributes] = line.split('; ');
    const equals = pair.indexOf('=');
    const gone = attributes.some(
      (attribute) =>
        /^max-age=0$/i.test(attribute) || (/^expires=/i.test(attribute) && Date.parse(attribute.slice(8)) < Date.now()),
    );
    const name = pair.slice(0, equals);
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
    if (gone) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { name, path, value: pair.slice(equals + 1) });
  }
}
