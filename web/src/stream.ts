/** Follows a stream of server-sent events for as long as it is wanted, however often it breaks off. */

import { createParser } from "eventsource-parser";
import { ServerError } from "./server";

/** Is told what comes. */
export interface Follower {
  happened(name: string, data: unknown): void;
  /** The connection stands, or could not be made again. */
  connected(stands: boolean): void;
  /** The server refuses for good. */
  refused(status: number): void;
}

/** A stream that stays silent for longer is dead: the server shows a sign of life every 15 seconds. */
const SILENCE_MS = 40_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const FOR_GOOD: readonly number[] = [401, 410];

export class Stream {
  private life: AbortController | undefined;
  private endPause: (() => void) | undefined;

  constructor(
    private readonly open: (signal: AbortSignal) => Promise<Response>,
    private readonly follower: Follower,
  ) {}

  start(): void {
    if (this.life) return;
    this.life = new AbortController();
    void this.follow(this.life.signal);
  }

  stop(): void {
    this.life?.abort();
    this.life = undefined;
    this.endPause?.();
  }

  /** Makes the next attempt at once: there is reason to hope. */
  hurry(): void {
    this.endPause?.();
  }

  private async follow(life: AbortSignal): Promise<void> {
    for (let failures = 0; !life.aborted; failures++) {
      let status = 0;
      try {
        await this.read(life, () => (failures = 0));
      } catch (error) {
        if (error instanceof ServerError) status = error.status;
      }
      if (life.aborted) return;
      if (FOR_GOOD.includes(status)) return this.follower.refused(status);
      // A connection that breaks off and stands again at once is no news.
      if (failures) this.follower.connected(false);
      await this.pause(failures);
    }
  }

  private async read(life: AbortSignal, onOpen: () => void): Promise<void> {
    const connection = new AbortController();
    const close = (): void => connection.abort();
    life.addEventListener("abort", close);
    let silence = setTimeout(close, SILENCE_MS);
    try {
      const { body } = await this.open(connection.signal);
      if (!body) throw new TypeError("no stream");
      onOpen();
      this.follower.connected(true);
      const parser = createParser({ onEvent: ({ event, data }) => this.follower.happened(event ?? "", parsed(data)) });
      const reader = body.getReader();
      const decoder = new TextDecoder();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(silence);
        silence = setTimeout(close, SILENCE_MS);
        parser.feed(decoder.decode(part.value, { stream: true }));
      }
    } finally {
      clearTimeout(silence);
      life.removeEventListener("abort", close);
    }
  }

  /** Waits longer from attempt to attempt, and never all pages equally long: a server that starts is not overrun. */
  private async pause(failures: number): Promise<void> {
    const most = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
    await new Promise<void>((resolve) => {
      this.endPause = resolve;
      setTimeout(resolve, most * (0.5 + Math.random() / 2));
    });
  }
}

/** What is no JSON is nothing. */
function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
