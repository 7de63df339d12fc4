/**
 * The session of a browser: the token of its conversation, and nothing else.
 *
 * A tab keeps it until it is closed. A new tab asks those that are open, so that all of a site share one conversation,
 * and a new conversation in one is the new one in all. With the last tab it is gone.
 */

const TOKEN_KEY = "backchat.token";
const NAME = "backchat";
/** Open tabs answer at once; where none is open, the first greeting waits so long. */
const ANSWER_MS = 100;

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;
export type Tabs = Pick<BroadcastChannel, "postMessage" | "onmessage">;

/** Where a tab keeps its session; where a page may keep nothing, the session ends with the page. */
export function storeOfTab(): Store {
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

/** The way to the other tabs, where the browser has one. */
export function otherTabs(): Tabs | undefined {
  return typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(NAME);
}

export class Session {
  /** Is called when another tab has begun a new conversation. */
  moved: () => void = () => undefined;

  private found: (() => void) | undefined;
  /** The token as this session knows it: another widget of the same page changes what is kept. */
  private known: string;

  constructor(
    private readonly store: Store,
    private readonly tabs?: Tabs | undefined,
  ) {
    this.known = this.token;
    if (tabs) tabs.onmessage = ({ data }: MessageEvent) => this.hear((data ?? {}) as { asks?: unknown; token?: unknown });
  }

  get token(): string {
    return this.store.getItem(TOKEN_KEY) ?? "";
  }

  /** Takes a token that the server issued, for all tabs. */
  begin(token: string): void {
    this.keep(token);
    this.tabs?.postMessage({ token });
  }

  end(): void {
    this.known = "";
    this.store.removeItem(TOKEN_KEY);
  }

  /** Takes over the session of another tab, if there is one. */
  async find(): Promise<void> {
    this.known = this.token;
    if (this.known || !this.tabs) return;
    const found = new Promise<void>((resolve) => (this.found = resolve));
    this.tabs.postMessage({ asks: true });
    await Promise.race([found, new Promise((resolve) => setTimeout(resolve, ANSWER_MS))]);
    this.found = undefined;
  }

  private keep(token: string): void {
    this.known = token;
    this.store.setItem(TOKEN_KEY, token);
  }

  private hear({ asks, token }: { asks?: unknown; token?: unknown }): void {
    if (asks === true && this.token) this.tabs?.postMessage({ token: this.token });
    if (typeof token !== "string" || !token || token === this.known) return;
    this.keep(token);
    if (this.found) this.found();
    else this.moved();
  }
}
