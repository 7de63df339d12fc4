/** The way to the server: messages that count once, the stream of a conversation, and nobody else. */

import type { Session } from "./session";

export class ServerError extends Error {
  constructor(readonly status: number) {
    super(`the server answered ${status}`);
  }
}

const GIVE_UP_MS = 40_000;
const NO_CONTENT = 204;

export class Server {
  constructor(
    private readonly base: string,
    readonly session: Session,
    private readonly fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request),
  ) {}

  async startSession(): Promise<void> {
    const { token } = (await this.ask("POST", "session", {})) as { token?: unknown };
    if (typeof token !== "string" || !token) throw new TypeError("no token");
    this.session.begin(token);
  }

  /** Erases the conversation. */
  async erase(): Promise<void> {
    await this.ask("DELETE", "session");
  }

  /** The same id makes a message that is sent again count once. */
  send(text: string, id: string, again: boolean): Promise<unknown> {
    return this.ask("POST", "messages", { token: this.session.token, text, id, ...(again && { again }) });
  }

  history(): Promise<unknown> {
    return this.ask("GET", "messages");
  }

  understood(): Promise<unknown> {
    return this.ask("GET", "understood");
  }

  /** Opens the stream of the conversation. */
  stream(signal: AbortSignal): Promise<Response> {
    return this.fetched("GET", "stream", signal);
  }

  private async ask(method: string, path: string, body?: object): Promise<unknown> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), GIVE_UP_MS);
    try {
      const answer = await this.fetched(method, path, giveUp.signal, body);
      return answer.status === NO_CONTENT ? undefined : await answer.json();
    } finally {
      clearTimeout(timer);
    }
  }

  private async fetched(method: string, path: string, signal: AbortSignal, body?: object): Promise<Response> {
    const answer = await this.fetch(new URL(path, this.base), {
      method,
      headers: body ? { "Content-Type": "application/json" } : { Authorization: `Bearer ${this.session.token}` },
      body: body ? JSON.stringify(body) : null,
      credentials: "omit",
      signal,
    });
    if (!answer.ok) throw new ServerError(answer.status);
    return answer;
  }
}
