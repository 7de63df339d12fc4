/** One conversation: what has been said, what is asked, what is under way and what failed. Knows no page. */

import { type Server, ServerError } from "./server";
import { STRINGS } from "./strings";
import {
  type Question,
  type Turn,
  type Understood,
  isEmergency,
  readHistory,
  readTurn,
  readUnderstood,
} from "./wire";

export type Entry =
  | { readonly key: number; readonly from: "person"; readonly text: string }
  | { readonly key: number; readonly from: "page"; readonly text: string }
  | { readonly key: number; readonly from: "bot"; readonly turn: Turn; readonly emergency: boolean };

type NewEntry = Entry extends infer Each ? (Each extends Entry ? Omit<Each, "key" | "emergency"> : never) : never;

/** Is told what the page has to do. */
export interface Listener {
  changed(): void;
  answered(): void;
  failed(): void;
  /** A message that could not be delivered, to be written again. */
  returned(text: string): void;
}

interface Exchange {
  readonly run: () => Promise<void>;
  readonly failure: string;
  readonly onDone?: () => void;
  readonly onExpiry?: () => Promise<void>;
}

const SLOW_MS = 4_000;

export class Conversation {
  entries: readonly Entry[] = [];
  question: Question | undefined;
  understood: readonly Understood[] = [];
  status = "";
  failure = "";
  /** While a conversation is retold, it is not read out. */
  retelling = false;

  private waiting = false;
  private again: (() => Promise<void>) | undefined;
  private keys = 0;
  private refreshes = 0;

  constructor(
    private readonly server: Server,
    private readonly listener: Listener,
    private readonly opening: string = STRINGS.opening,
    private readonly greeting: string = "",
  ) {}

  get isWaiting(): boolean {
    return this.waiting;
  }

  /** Goes on with the conversation of this tab, or begins one. */
  begin(): Promise<void> {
    const known = this.server.hasSession;
    return this.exchange({
      run: () => this.load(),
      failure: STRINGS.notLoaded,
      ...(known && { onExpiry: () => this.startOver() }),
    });
  }

  startOver(): Promise<void> {
    this.server.endSession();
    this.entries = [];
    this.question = undefined;
    this.understood = [];
    this.refreshes++;
    return this.begin();
  }

  /**
   * Says something. While an answer is awaited nothing is said, since its question has not been seen; and what failed
   * goes first, for the same reason.
   */
  async say(text: string): Promise<void> {
    const words = text.trim();
    if (!words || this.waiting) return;
    if (this.failure) return this.retry();
    const id = globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.question = undefined;
    this.add({ from: "person", text: words });
    await this.exchange({
      run: async () => this.hear(readTurn(await this.server.send(words, id))),
      failure: STRINGS.unsent,
      onDone: () => this.listener.answered(),
      onExpiry: () => this.beginAnew(words),
    });
  }

  /** Tries what failed once more, exactly as it was. */
  async retry(): Promise<void> {
    await this.again?.();
  }

  tell(status: string): void {
    this.status = status;
    this.listener.changed();
  }

  private async load(): Promise<void> {
    const history = this.server.hasSession ? readHistory(await this.server.history()) : [];
    if (history.length) {
      this.retell(history);
    } else {
      if (!this.server.hasSession) await this.server.startSession();
      const turn = readTurn(await this.server.send(this.opening, "opening"));
      this.greet();
      this.hear(turn);
    }
  }

  private async beginAnew(words: string): Promise<void> {
    this.listener.returned(words);
    await this.startOver();
    this.entries = [{ key: this.keys++, from: "page", text: STRINGS.expired }, ...this.entries];
    this.listener.changed();
  }

  private retell(history: ReturnType<typeof readHistory>): void {
    this.retelling = true;
    this.entries = [];
    this.greet();
    history.forEach((said, index) => {
      // The page itself said the first words.
      if (said.from === "bot") this.hear(said.turn);
      else if (index) this.add(said);
    });
  }

  private greet(): void {
    if (this.greeting) this.hear({ texts: [this.greeting] });
  }

  private hear(turn: Turn): void {
    this.add({ from: "bot", turn });
    this.question = turn.question;
    this.status = turn.question && turn.question.kind !== "text" ? STRINGS.pickOrWrite : "";
  }

  private add(entry: NewEntry): void {
    const made = { key: this.keys++, ...entry };
    this.entries = [...this.entries, made.from === "bot" ? { ...made, emergency: this.inEmergency(made.turn) } : made];
  }

  /** Once an emergency has been told, its numbers stay callable until another result takes its place. */
  private inEmergency({ result }: Turn): boolean {
    if (result) return isEmergency(result.urgency);
    const before = this.entries.filter((entry) => entry.from === "bot").at(-1);
    return before?.from === "bot" && before.emergency;
  }

  /** What is understood is an extra: where it can't be had, the conversation goes on without. */
  private async refresh(): Promise<void> {
    const refresh = ++this.refreshes;
    const answer = await this.server.understood().catch(() => undefined);
    if (answer === undefined || refresh !== this.refreshes) return;
    this.understood = readUnderstood(answer);
    this.listener.changed();
  }

  /** Runs one exchange at a time. A failure is told, and the very same exchange can be tried again. */
  private async exchange(exchange: Exchange): Promise<void> {
    if (this.waiting) return;
    this.waiting = true;
    this.again = undefined;
    this.failure = "";
    this.tell(STRINGS.waiting);
    const slow = setTimeout(() => this.tell(STRINGS.slow), SLOW_MS);
    const error: unknown = await exchange.run().then(
      () => undefined,
      (reason: unknown) => reason ?? new Error(),
    );
    clearTimeout(slow);
    this.waiting = false;
    if (error === undefined) return this.done(exchange);
    this.status = "";
    if (exchange.onExpiry && error instanceof ServerError && error.status === 401) return exchange.onExpiry();
    this.fail(exchange);
  }

  private done({ onDone }: Exchange): void {
    this.listener.changed();
    onDone?.();
    void this.refresh();
  }

  private fail(exchange: Exchange): void {
    this.failure = exchange.failure;
    this.again = () => this.exchange(exchange);
    this.listener.changed();
    this.listener.failed();
  }
}
