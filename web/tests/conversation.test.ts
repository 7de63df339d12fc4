import { beforeEach, describe, expect, it, vi } from "vitest";
import { Conversation, type Listener } from "../src/conversation";
import { Server } from "../src/server";
import { STRINGS } from "../src/strings";

const ASKED = { messages: [{ text: "Where?" }, { custom: { question: { id: "region", kind: "text" } } }] };

/** A server in a function: answers by path, and remembers what it was asked. */
function setUp(answers: Record<string, () => unknown> = {}) {
  const kept = new Map<string, string>();
  const asked: { path: string; body: Record<string, string> }[] = [];
  const fetch = vi.fn(async (url: URL | RequestInfo, request?: RequestInit) => {
    const path = `${request?.method} ${new URL(String(url)).pathname}`;
    asked.push({ path, body: JSON.parse(String(request?.body ?? "{}")) });
    const answer = await (answers[path]?.() ?? standard(path));
    return answer instanceof Response ? answer : Response.json(answer);
  });
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const listener = { changed: vi.fn(), answered: vi.fn(), failed: vi.fn(), returned: vi.fn() } satisfies Listener;
  const server = new Server("https://host.example/chat/", storage, fetch as typeof globalThis.fetch);
  const sent = (): string[] => asked.filter(({ path }) => path === "POST /chat/messages").map(({ body }) => body.text!);
  return { answers, asked, conversation: new Conversation(server, listener), kept, listener, sent, server };
}

function standard(path: string): unknown {
  if (path === "POST /chat/session") return { token: "a token" };
  return path === "GET /chat/understood" ? { understood: [] } : ASKED;
}

describe("a conversation", () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(async () => {
    world = setUp();
    await world.conversation.begin();
  });

  it("begins with a session and the opening words, which are not shown as the person's", () => {
    expect(world.sent()).toEqual([STRINGS.opening]);
    expect([...world.kept]).toEqual([["backchat.token", "a token"]]);
    expect(world.conversation.entries.map(({ from }) => from)).toEqual(["bot"]);
  });

  it("says nothing while an answer is awaited, so that no question is answered unseen", async () => {
    await Promise.all([world.conversation.say("first"), world.conversation.say("second")]);
    expect(world.sent()).toEqual([STRINGS.opening, "first"]);
  });

  it("can be answered as soon as a question is shown, whatever else is still on its way", async () => {
    world.answers["GET /chat/understood"] = () => new Promise(() => undefined);
    await world.conversation.say("first");
    await world.conversation.say("second");
    expect(world.sent()).toEqual([STRINGS.opening, "first", "second"]);
  });

  it.each([
    ["an error", () => new Response("oops", { status: 500 })],
    ["no JSON", () => new Response("<html>")],
    ["no messages", () => ({ messages: {} })],
    ["nothing said", () => ({ messages: [] })],
    ["no network", () => Promise.reject(new TypeError("Failed to fetch"))],
  ])("keeps a message that is answered by %s, and sends it again under the same id", async (_, broken) => {
    world.answers["POST /chat/messages"] = broken;
    await world.conversation.say("hurts");
    expect(world.conversation.failure).toBe(STRINGS.unsent);
    expect(world.listener.failed).toHaveBeenCalledOnce();
    delete world.answers["POST /chat/messages"];
    await world.conversation.retry();
    expect(world.conversation.failure).toBe("");
    const ids = world.asked.filter(({ body }) => body.text === "hurts").map(({ body }) => body.id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(world.conversation.entries.map(({ from }) => from)).toEqual(["bot", "person", "bot"]);
  });

  it("sends what failed before anything else", async () => {
    world.answers["POST /chat/messages"] = () => new Response("oops", { status: 500 });
    await world.conversation.say("hurts");
    delete world.answers["POST /chat/messages"];
    await world.conversation.say("Stop");
    expect(world.sent()).toEqual([STRINGS.opening, "hurts", "hurts"]);
  });

  it("begins anew when it has ended, and gives back what was written", async () => {
    let refused = false;
    world.answers["POST /chat/messages"] = () => {
      if (refused) return ASKED;
      refused = true;
      return new Response("{}", { status: 401 });
    };
    await world.conversation.say("hurts");
    expect(world.listener.returned).toHaveBeenCalledWith("hurts");
    expect(world.conversation.entries.map(({ from }) => from)).toEqual(["page", "bot"]);
  });

  it("goes on where it was after a reload", async () => {
    world.answers["GET /chat/messages"] = () => ({
      messages: [
        { from: "person", text: "Hello" },
        { from: "bot", text: "Welcome" },
        { from: "person", text: "hurts" },
        { from: "bot", text: "Where?" },
        { from: "bot", custom: { question: { id: "region", kind: "text" } } },
      ],
    });
    const reloaded = new Conversation(world.server, world.listener);
    await reloaded.begin();
    expect(reloaded.entries.map(({ from }) => from)).toEqual(["bot", "person", "bot"]);
    expect(reloaded.question?.kind).toBe("text");
    expect(reloaded.retelling).toBe(true);
  });

  it("keeps an emergency callable until another result takes its place", async () => {
    const told = (...urgencies: string[]): void => {
      const urgency = urgencies[0];
      const custom = urgency ? [{ custom: { assessment: { urgency } } }] : [];
      world.answers["POST /chat/messages"] = () => ({ messages: [{ text: "Call 112" }, ...custom] });
    };
    for (const urgency of ["emergency", "", "self_care", ""]) {
      told(urgency);
      await world.conversation.say("and now?");
    }
    const turns = world.conversation.entries.filter((entry) => entry.from === "bot").slice(1);
    expect(turns.map((entry) => entry.from === "bot" && entry.emergency)).toEqual([true, true, false, false]);
  });

  it("shows what was understood last, and goes on without where that can't be had", async () => {
    world.answers["GET /chat/understood"] = () => ({ understood: [{ id: "fever", words: "fever", value: "absent" }] });
    await world.conversation.say("no fever");
    await vi.waitFor(() => expect(world.conversation.understood).toMatchObject([{ id: "fever", state: "absent" }]));
    world.answers["GET /chat/understood"] = () => new Response("oops", { status: 500 });
    await world.conversation.say("hurts");
    expect(world.conversation.failure).toBe("");
  });

  it("tells when an answer is slow", async () => {
    vi.useFakeTimers();
    world.answers["POST /chat/messages"] = () => new Promise((done) => setTimeout(() => done(ASKED), 5_000));
    const said = world.conversation.say("hurts");
    await vi.advanceTimersByTimeAsync(4_500);
    expect(world.conversation.status).toBe(STRINGS.slow);
    await vi.advanceTimersByTimeAsync(1_000);
    await said;
    expect(world.conversation.status).toBe("");
    vi.useRealTimers();
  });
});
