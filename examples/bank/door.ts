import { startGateway } from '@sallyport/gateway';
import { POLICY } from './policy-text.ts';

export interface DoorOptions {
  /** The bank: `http://127.0.0.1:PORT`. */
  readonly upstream: string;
  /** Path of the OpenAPI document. */
  readonly document: string;
  /** Text of the policy, with the ports of this run filled in (see policy-text.ts). Its `upstream` is that of `upstream`. */
  readonly policy: string;
  /** Takes the lines of the log. Default: the log goes where the policy says. */
  readonly logLine?: (line: string) => void;
}

export interface Door {
  /** Where the door listens: `http://127.0.0.1:PORT`. */
  readonly url: string;
  close(): Promise<void>;
}

export type OpenDoor = (options: DoorOptions) => Promise<Door>;

/** A log that nobody reads. */
export const NO_LOG = { logLine: (): void => undefined };

/** Opens Sallyport in front of a bank. Rejects where it cannot listen, or where document or policy do not hold. */
export const openDoor: OpenDoor = async ({ upstream, document, policy, logLine }) => {
  const gateway = await startGateway({
    policyFile: POLICY,
    policyText: policy,
    overrides: { upstream, document },
    environment: (name) => process.env[name],
    watch: false,
    ...(logLine === undefined ? {} : { logLine }),
  });
  return { url: gateway.url, close: () => gateway.close() };
};
