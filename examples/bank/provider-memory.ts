type Payload = Record<string, unknown>;

/** Keeps what a provider has to remember, in memory: good for an example, whose customers all start anew with it. */
export function createProviderMemory(): new (model: string) => object {
  const kept = new Map<string, Payload>();
  return class {
    readonly #model: string;

    constructor(model: string) {
      this.#model = model;
    }

    #key(id: string): string {
      return `${this.#model} ${id}`;
    }

    async upsert(id: string, payload: Payload): Promise<void> {
      kept.set(this.#key(id), payload);
    }

    async find(id: string): Promise<Payload | undefined> {
      return kept.get(this.#key(id));
    }

    async findByUid(uid: string): Promise<Payload | undefined> {
      return [...kept].find(([key, payload]) => key.startsWith(`${this.#model} `) && payload['uid'] === uid)?.[1];
    }

    async findByUserCode(): Promise<undefined> {
      return undefined;
    }

    async consume(id: string): Promise<void> {
      const payload = kept.get(this.#key(id));
      if (payload !== undefined) payload['consumed'] = Math.floor(Date.now() / 1000);
    }

    async destroy(id: string): Promise<void> {
      kept.delete(this.#key(id));
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, payload] of kept) if (payload['grantId'] === grantId) kept.delete(key);
    }
  };
}
