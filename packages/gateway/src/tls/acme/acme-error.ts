/** Why an authority did not do what it was asked; the message is for the operator. */
export class AcmeError extends Error {
  /** The type of its problem (RFC 8555, section 6.7) without what all have in front; null where it named none. */
  readonly type: string | null;
  /** How long it asks to be left alone; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, type: string | null = null, retryAfterMs: number | null = null) {
    super(message);
    this.type = type;
    this.retryAfterMs = retryAfterMs;
  }
}

const PREFIX = 'urn:ietf:params:acme:error:';
const MAX_SHOWN = 300;

/** Makes an error of a problem document (RFC 9457) of the authority. Its text is a stranger's: cut, and without control characters. */
export function problemError(problem: unknown, context: string, retryAfterMs: number | null = null): AcmeError {
  const { type, detail } = (typeof problem === 'object' && problem !== null ? problem : {}) as {
    readonly type?: unknown;
    readonly detail?: unknown;
  };
  const short =
    typeof type === 'string' && type.startsWith(PREFIX) ? type.slice(PREFIX.length, 64 + PREFIX.length) : null;
  const said = typeof detail === 'string' ? `: ${detail.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_SHOWN)}` : '';
  return new AcmeError(`${context}${short === null ? '' : ` (${short})`}${said}`, short, retryAfterMs);
}
