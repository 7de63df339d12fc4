import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ServerError } from "../src/server";
import { Stream } from "../src/stream";

/** Connections that a test feeds and breaks off. */
function setUp(...refusals: (Error | undefined)[]) {
  const connections: { feed: (text: string) => void; end: () => void; fail: () => void; signal: AbortSignal }[] = [];
  const open = vi.fn(async (signal: AbortSignal) => {
    const refusal = refusals.shift();
    if (refusal) throw refusal;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const fail = (): void => controller.error(new TypeError("network error"));
        signal.addEventListener("abort", fail);
        const feed = (text: string): void => controller.enqueue(new TextEncoder().encode(text));
        connections.push({ feed, end: () => controller.close(), fail, signal });
      },
    });
    return new Response(body);
  });
  const follower = { happened: vi.fn(), connected: vi.fn(), refused: vi.fn() };
  return { connections, follower, open, stream: new Stream(open, follower) };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const LOST = new TypeError("Failed to fetch");

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a stream", () => {
  it("tells what comes, however it is cut into pieces", async () => {
    const { connections, follower, stream } = setUp();
    stream.start();
    await settle();
    const bytes = 'event: heard\ndata: {"text":"ouch 😖"}\n\n: here\n\nevent: answered\ndata: {}\n\n';
    for (const piece of bytes.match(/[^]{1,3}/gu) ?? []) connections[0]?.feed(piece);
    await settle();
    expect(follower.happened.mock.calls).toEqual([
      ["heard", { text: "ouch 😖" }],
      ["answered", {}],
    ]);
  });

  it("lets what is no JSON be nothing and goes on", async () => {
    const { connections, follower, stream } = setUp();
    stream.start();
    await settle();
    connections[0]?.feed("event: heard\ndata: {oops\n\nevent: erased\ndata: {}\n\n");
    await settle();
    expect(follower.happened.mock.calls).toEqual([
      ["heard", undefined],
      ["erased", {}],
    ]);
  });

  it.each(["end", "fail"] as const)("connects again after an %s, without ado where that works at once", async (how) => {
    const { connections, follower, open, stream } = setUp();
    stream.start();
    await settle();
    connections[0]?.[how]();
    await vi.advanceTimersByTimeAsync(500);
    expect(open).toHaveBeenCalledTimes(2);
    expect(follower.connected.mock.calls).toEqual([[true], [true]]);
  });

  it("says that the connection is lost, and when it stands again; waits longer each time, never for ever", async () => {
    const { follower, open, stream } = setUp(...Array.from({ length: 10 }, () => LOST));
    stream.start();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(follower.connected).toHaveBeenLastCalledWith(false);
    const early = open.mock.calls.length;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(open.mock.calls.length - early).toBeLessThanOrEqual(early);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(follower.connected).toHaveBeenLastCalledWith(true);
    expect(open.mock.calls.length).toBeGreaterThan(10);
  });

  it("hurries when there is hope", async () => {
    const { open, stream } = setUp(...Array.from({ length: 6 }, () => LOST));
    stream.start();
    await vi.advanceTimersByTimeAsync(12_000);
    const before = open.mock.calls.length;
    stream.hurry();
    await settle();
    expect(open.mock.calls.length).toBe(before + 1);
  });

  it("takes a silent connection for dead", async () => {
    const { connections, open, stream } = setUp();
    stream.start();
    for (let sign = 0; sign < 5; sign++) {
      await vi.advanceTimersByTimeAsync(20_000);
      connections[0]?.feed(": here\n\n");
    }
    expect(open).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(41_000);
    expect(connections[0]?.signal.aborted).toBe(true);
    expect(open).toHaveBeenCalledTimes(2);
  });

  it.each([401, 410])("takes %i for an answer", async (status) => {
    const { follower, open, stream } = setUp(new ServerError(status));
    stream.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(follower.refused.mock.calls).toEqual([[status]]);
    expect(open).toHaveBeenCalledTimes(1);
  });

  it("stops when told to, and starts again with one connection", async () => {
    const { connections, open, stream } = setUp();
    stream.start();
    stream.start();
    await settle();
    stream.stop();
    expect(connections[0]?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).toHaveBeenCalledTimes(1);
    stream.start();
    stream.stop();
    stream.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connections.filter(({ signal }) => !signal.aborted)).toHaveLength(1);
  });
});
