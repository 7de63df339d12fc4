/** The way to the server: a session of this tab, messages that count once, and nobody else. */

export class ServerError extends Error {
  constructor(readonly status: number) {
    super(`the server answered ${status}`);
  }
}

const TOKEN_KEY = "backchat.token";
const GIVE_UP_MS = 40_000;

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Where a tab keeps its session; where a page may keep nothing, the session ends with the page. */
export function sessionOfTab(): Store {
  try {
    return sessionStorage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}

export class Server {
  constructor(
    private readonly base: string,
    private readonly storage: Store,
    private readonly fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request),
  ) {}

  get hasSession(): boolean {
    return this.token !== "";
  }

  async startSession(): Promise<void> {
    const { token } = (await this.request("POST", "session")) as { token?: unknown };
    if (typeof token !== "string" || !token) throw new TypeError("no token");
    this.storage.setItem(TOKEN_KEY, token);
  }

  endSession(): void {
    this.storage.removeItem(TOKEN_KEY);
  }

  /** The same id makes a message that is sent again count once. */
  send(text: string, id: string): Promise<unknown> {
    return this.request("POST", "messages", { token: this.token, text, id });
  }

  history(): Promise<unknown> {
    return this.request("GET", "messages");
  }

  understood(): Promise<unknown> {
    return this.request("GET", "understood");
  }

  private get token(): string {
    return this.storage.getItem(TOKEN_KEY) ?? "";
  }

  private async request(method: string, path: string, body?: object): Promise<unknown> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), GIVE_UP_MS);
    try {
      const answer = await this.fetch(new URL(path, this.base), {
        method,
        headers: body ? { "Content-Type": "application/json" } : this.authorization(method),
        body: body ? JSON.stringify(body) : null,
        credentials: "omit",
        signal: giveUp.signal,
      });
      if (!answer.ok) throw new ServerError(answer.status);
      return await answer.json();
    } finally {
      clearTimeout(timer);
    }
  }

  private authorization(method: string): Record<string, string> {
    return method === "GET" ? { Authorization: `Bearer ${this.token}` } : {};
  }
}
