/** One conversation: what has been said, what is asked, what is under way and what failed. Knows no page. */

import { type Entry, OPENING_ID, entriesOf, merged, withAnswer, withHeard } from "./exchanges";
import { type Server, ServerError } from "./server";
import { type Follower, Stream } from "./stream";
import { STRINGS } from "./strings";
import {
  type Exchange,
  type Question,
  type Turn,
  type Understood,
  readHeard,
  readHistory,
  readTurn,
  readUnderstood,
} from "./wire";

/** Is told what the page has to do. */
export interface Listener {
  changed(): void;
  answered(): void;
  failed(): void;
  /** A message that could not be delivered, to be written again. */
  returned(text: string): void;
}

/** Something that is asked of the server, and may have to be asked again. */
interface Attempt {
  readonly run: (again: boolean) => Promise<void>;
  readonly failure: string;
  readonly onDone?: () => void;
  readonly onExpiry?: () => Promise<void>;
}

const SLOW_MS = 4_000;
const EXPIRED = 401;
const ERASED = 410;

export class Conversation implements Follower {
  understood: readonly Understood[] = [];
  status = "";
  failure = "";
  /** What is said before everything else, by the page itself. */
  notice = "";
  /** The conversation was erased; nothing can be said in it. */
  isOver = false;
  isConnected = true;
  /** While a conversation is retold, it is not read out. */
  retelling = false;

  private exchanges: readonly Exchange[] = [];
  /** The attempt that is under way. */
  private attempting: Attempt | undefined;
  private again: (() => Promise<void>) | undefined;
  /** The message of this page that has no answer yet. */
  private unanswered: string | undefined;
  private arrived: (() => void) | undefined;
  private refreshes = 0;
  /** Other tabs are asked for their conversation. */
  private isSeeking = false;
  private hasStream = false;
  /** Somebody sees the page. */
  private isWanted = true;
  private readonly stream: Stream;

  constructor(
    private readonly server: Server,
    private readonly listener: Listener,
    private readonly opening: string = STRINGS.opening,
    private readonly greeting: string = "",
  ) {
    this.stream = new Stream((signal) => server.stream(signal), this);
    server.session.moved = () => void this.moveOn();
  }

  get entries(): Entry[] {
    return entriesOf(this.exchanges, this.isOver ? "" : this.greeting);
  }

  get question(): Question | undefined {
    return this.exchanges.filter(({ answer }) => !answer?.unread).at(-1)?.answer?.question;
  }

  /** Whether an answer is under way, to a message of this page or of another; what is said must wait for it. */
  get isWaiting(): boolean {
    return this.isSeeking || this.attempting !== undefined || this.exchanges.some(({ id, answer }) => !answer && id !== this.unanswered);
  }

  /** Whether a message waits to be sent again. */
  isUnsent(id: string): boolean {
    return this.failure !== "" && id === this.unanswered;
  }

  /** Goes on with the conversation of this browser, or begins one. */
  async begin(): Promise<void> {
    this.isSeeking = true;
    await this.server.session.find();
    this.isSeeking = false;
    await this.open();
  }

  /** Leaves this conversation and begins another. */
  startOver(): Promise<void> {
    this.server.session.end();
    this.clear();
    return this.open();
  }

  /**
   * Says something. While an answer is awaited nothing is said, since its question has not been seen; and what failed
   * goes first, for the same reason.
   */
  async say(text: string): Promise<void> {
    const words = text.trim();
    if (!words || this.isWaiting || this.isOver) return;
    if (this.failure) return this.retry();
    const id = globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.exchanges = withHeard(this.exchanges, id, words);
    this.unanswered = id;
    await this.attempt({
      run: (again) => this.deliver(id, words, again),
      failure: STRINGS.unsent,
      onDone: () => this.listener.answered(),
      onExpiry: () => this.beginAnew(words),
    });
  }

  /** Tries what failed once more, exactly as it was. */
  async retry(): Promise<void> {
    await this.again?.();
  }

  /** Has the server erase everything that was said. */
  async erase(): Promise<void> {
    this.failure = "";
    this.tell(STRINGS.erasing);
    try {
      await this.server.erase();
    } catch (error) {
      if (!isRefusal(error, ERASED) && !isRefusal(error, EXPIRED)) return this.fail(STRINGS.notErased, () => this.erase());
    }
    this.end();
  }

  tell(status: string): void {
    this.status = status;
    this.listener.changed();
  }

  /** Follows what is said on other pages, or stops to. */
  follow(isWanted: boolean): void {
    this.isWanted = isWanted;
    if (isWanted && this.exchanges.length && !this.isOver) this.stream.start();
    else this.stream.stop();
  }

  /** The network is back. */
  hurry(): void {
    this.stream.hurry();
    void this.retry();
  }

  // --- what the stream tells -------------------------------------------------------------------------------

  happened(name: string, data: unknown): void {
    if (name === "erased") return this.end();
    try {
      if (name === "told") this.bringUpToDate(readHistory(data));
      else if (name === "heard") this.hear(readHeard(data));
      else if (name === "answered") this.take(readHeard(data).id, readTurn(data));
    } catch (error) {
      // What can't be read tells nothing; the answer to a message of this page comes another way as well.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Where no stream has ever come through, say because of a proxy, its absence is no loss: answers come all the same. */
  connected(stands: boolean): void {
    this.hasStream ||= stands;
    this.isConnected = stands || !this.hasStream;
    this.listener.changed();
  }

  refused(status: number): void {
    if (status === ERASED) this.end();
  }

  private bringUpToDate(told: readonly Exchange[]): void {
    this.exchanges = merged(this.exchanges, told, this.unanswered);
    if (this.exchanges.some(({ id, answer }) => answer && id === this.unanswered)) this.settle();
    else if (this.failure) void this.retry();
    this.tellWhatIsNext();
  }

  private hear({ id, text }: { id: string; text: string }): void {
    if (!id) return;
    this.exchanges = withHeard(this.exchanges, id, text);
    this.tellWhatIsNext();
  }

  // --- how messages go there and answers come back ---------------------------------------------------------

  private open(): Promise<void> {
    const known = this.server.session.token !== "";
    return this.attempt({
      run: () => this.load(),
      failure: STRINGS.notLoaded,
      ...(known && { onExpiry: () => this.startOver() }),
    });
  }

  private async load(): Promise<void> {
    const { attempting } = this;
    const exchanges = await this.loaded();
    if (attempting !== this.attempting) return;
    this.exchanges = exchanges;
    this.follow(this.isWanted);
    void this.refresh();
  }

  private async loaded(): Promise<readonly Exchange[]> {
    const { session } = this.server;
    const history = session.token ? readHistory(await this.server.history()) : [];
    this.retelling = history.length > 0;
    if (history.length) return history;
    if (!session.token) await this.server.startSession();
    const answer = readTurn(await this.server.send(this.opening, OPENING_ID, false));
    return [{ id: OPENING_ID, text: this.opening, answer }];
  }

  /** Takes the answer from wherever it comes first: to the page that asked, or in the stream. */
  private async deliver(id: string, text: string, again: boolean): Promise<void> {
    const inStream = new Promise<void>((resolve) => (this.arrived = resolve));
    const answer = this.server.send(text, id, again).then((sent) => this.take(id, readTurn(sent)));
    await Promise.race([answer, inStream]);
  }

  private take(id: string, answer: Turn): void {
    if (!this.exchanges.some((exchange) => exchange.id === id && !exchange.answer)) return;
    this.exchanges = withAnswer(this.exchanges, id, answer);
    if (id === this.unanswered) this.settle();
    this.tellWhatIsNext();
    void this.refresh();
  }

  /** The message of this page has its answer. */
  private settle(): void {
    this.unanswered = undefined;
    this.failure = "";
    this.again = undefined;
    this.arrived?.();
  }

  private tellWhatIsNext(): void {
    this.tell(this.isWaiting ? STRINGS.waiting : "");
  }

  private async beginAnew(words: string): Promise<void> {
    this.listener.returned(words);
    await this.startOver();
    this.notice = STRINGS.expired;
    this.listener.changed();
  }

  /** Another tab has begun a new conversation: it is the one of this tab as well. */
  private moveOn(): Promise<void> {
    this.clear();
    return this.open();
  }

  private end(): void {
    this.server.session.end();
    this.clear();
    this.isOver = true;
    this.notice = STRINGS.erased;
    this.tell("");
  }

  private clear(): void {
    this.stream.stop();
    this.exchanges = [];
    this.understood = [];
    this.attempting = this.unanswered = this.again = undefined;
    this.failure = this.notice = "";
    this.isOver = false;
    this.isConnected = true;
    this.refreshes++;
  }

  /** What is understood is an extra: where it can't be had, the conversation goes on without. */
  private async refresh(): Promise<void> {
    const refresh = ++this.refreshes;
    const answer = await this.server.understood().catch(() => undefined);
    if (answer === undefined || refresh !== this.refreshes) return;
    this.understood = readUnderstood(answer);
    this.listener.changed();
  }

  /**
   * Makes one attempt at a time. A failure is told, and the very same attempt can be made again. Of a conversation that
   * was left in the meantime nothing is told.
   */
  private async attempt(attempt: Attempt, again = false): Promise<void> {
    if (this.attempting) return;
    this.attempting = attempt;
    this.again = undefined;
    this.failure = "";
    this.tell(STRINGS.waiting);
    const slow = setTimeout(() => this.attempting === attempt && this.tell(STRINGS.slow), SLOW_MS);
    const error: unknown = await attempt.run(again).then(
      () => undefined,
      (reason: unknown) => reason ?? new Error(),
    );
    clearTimeout(slow);
    if (this.attempting !== attempt) return;
    this.attempting = undefined;
    if (error === undefined) return this.done(attempt);
    if (isRefusal(error, ERASED)) return this.end();
    if (attempt.onExpiry && isRefusal(error, EXPIRED)) return attempt.onExpiry();
    this.fail(attempt.failure, () => this.attempt(attempt, true));
  }

  private done({ onDone }: Attempt): void {
    this.tellWhatIsNext();
    onDone?.();
  }

  private fail(failure: string, again: () => Promise<void>): void {
    this.failure = failure;
    this.again = again;
    this.status = "";
    this.listener.changed();
    this.listener.failed();
  }
}

function isRefusal(error: unknown, status: number): boolean {
  return error instanceof ServerError && error.status === status;
}
