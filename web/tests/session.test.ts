import { afterEach, describe, expect, it, vi } from "vitest";
import { Session, type Store, type Tabs } from "../src/session";

function store(): Store & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** Tabs that hear each other, but not themselves. */
function browser() {
  const channels: Tabs[] = [];
  return (kept = store()) => {
    const channel: Tabs = {
      onmessage: null,
      postMessage: (data) =>
        channels
          .filter((other) => other !== channel)
          .forEach((other) => queueMicrotask(() => other.onmessage?.call(other as BroadcastChannel, { data } as MessageEvent))),
    };
    channels.push(channel);
    return { kept, session: new Session(kept, channel), channel };
  };
}

afterEach(() => vi.useRealTimers());

describe("a session", () => {
  it("keeps the token and nothing else", () => {
    const { kept, session } = browser()();
    session.begin("a token");
    expect([...kept.kept]).toEqual([["backchat.token", "a token"]]);
    session.end();
    expect(kept.kept.size).toBe(0);
  });

  it("is shared with a tab that is opened later", async () => {
    const open = browser();
    open().session.begin("a token");
    const second = open();
    await second.session.find();
    expect(second.session.token).toBe("a token");
  });

  it("begins anew where no tab is open, after a moment", async () => {
    vi.useFakeTimers();
    const { session } = browser()();
    const found = session.find();
    await vi.advanceTimersByTimeAsync(150);
    await found;
    expect(session.token).toBe("");
  });

  it("is asked for by nobody who has one", async () => {
    const open = browser();
    open().session.begin("theirs");
    const { session, channel } = open();
    session.begin("mine");
    const asked = vi.spyOn(channel, "postMessage");
    await session.find();
    expect(asked).not.toHaveBeenCalled();
    expect(session.token).toBe("mine");
  });

  it("moves on in all tabs when one begins a new conversation", async () => {
    const open = browser();
    const [one, two] = [open(), open()];
    one.session.begin("first");
    await Promise.resolve();
    const moved = vi.fn();
    two.session.moved = moved;
    one.session.begin("second");
    await Promise.resolve();
    expect(two.session.token).toBe("second");
    expect(moved).toHaveBeenCalledOnce();
  });

  it("moves on in every widget of a page, which share what is kept", async () => {
    const open = browser();
    const one = open();
    one.session.begin("first");
    const { session } = open(one.kept);
    await session.find();
    const moved = (session.moved = vi.fn());
    one.session.end();
    one.session.begin("second");
    await Promise.resolve();
    expect(session.token).toBe("second");
    expect(moved).toHaveBeenCalledOnce();
  });

  it.each([null, 5, "text", {}, { token: 5 }, { token: "" }, { asks: "yes" }])("is not moved by %j", (data) => {
    const { session, channel } = browser()();
    session.begin("a token");
    const moved = (session.moved = vi.fn());
    channel.onmessage?.call(channel as BroadcastChannel, { data } as MessageEvent);
    expect(session.token).toBe("a token");
    expect(moved).not.toHaveBeenCalled();
  });

  it("works without other tabs", async () => {
    const session = new Session(store());
    await session.find();
    session.begin("a token");
    expect(session.token).toBe("a token");
  });
});
