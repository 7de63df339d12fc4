import { beforeEach, describe, expect, it, vi } from "vitest";
import { Conversation, type Listener } from "../src/conversation";
import { Server } from "../src/server";
import { Session } from "../src/session";
import { STRINGS } from "../src/strings";

const ASKED = { messages: [{ text: "Where?" }, { custom: { question: { id: "region", kind: "text" } } }] };
const OPENED = [
  { from: "person", id: "opening", text: STRINGS.opening },
  { from: "bot", text: "Welcome" },
];

/** A server in a function: answers by path, remembers what it was asked, and tells in its stream what a test says. */
function setUp(answers: Record<string, () => unknown> = {}) {
  const kept = new Map<string, string>();
  const asked: { path: string; body: Record<string, unknown> }[] = [];
  const streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  const fetch = vi.fn(async (url: URL | RequestInfo, request?: RequestInit) => {
    const path = `${request?.method} ${new URL(String(url)).pathname}`;
    asked.push({ path, body: JSON.parse(String(request?.body ?? "{}")) });
    const answer = await (answers[path]?.() ?? standard(path, streams));
    return answer instanceof Response ? answer : Response.json(answer);
  });
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const listener = { changed: vi.fn(), answered: vi.fn(), failed: vi.fn(), returned: vi.fn() } satisfies Listener;
  const session = new Session(store);
  const server = new Server("https://host.example/chat/", session, fetch as typeof globalThis.fetch);
  const sent = (): unknown[] => asked.filter(({ path }) => path === "POST /chat/messages").map(({ body }) => body.text);
  const tell = async (name: string, data: unknown): Promise<void> => {
    streams.at(-1)?.enqueue(new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
    await new Promise((resolve) => setTimeout(resolve));
  };
  const conversation = new Conversation(server, listener);
  return { answers, asked, conversation, kept, listener, sent, server, session, streams, tell };
}

function standard(path: string, streams: ReadableStreamDefaultController<Uint8Array>[]): unknown {
  if (path === "POST /chat/session") return { token: "a token" };
  if (path === "DELETE /chat/session") return new Response(null, { status: 204 });
  if (path === "GET /chat/stream") return new Response(new ReadableStream({ start: (stream) => void streams.push(stream) }));
  return path === "GET /chat/understood" ? { understood: [] } : ASKED;
}

describe("a conversation that has not begun", () => {
  it("sends nothing, as there is nobody to send it to", async () => {
    const { conversation, sent } = setUp();
    const begun = conversation.begin();
    expect(conversation.isWaiting).toBe(true);
    await conversation.say("my back hurts");
    await begun;
    expect(sent()).toEqual([STRINGS.opening]);
  });
});

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
    expect(world.asked.filter(({ body }) => body.text === "hurts").map(({ body }) => body.again)).toEqual([undefined, true]);
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
    expect(world.conversation.notice).toBe(STRINGS.expired);
    expect(world.conversation.entries.map(({ from }) => from)).toEqual(["bot"]);
  });

  it("goes on where it was after a reload", async () => {
    world.answers["GET /chat/messages"] = () => ({
      messages: [
        ...OPENED,
        { from: "person", id: "1", text: "hurts" },
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

  it("shows what is said on another page, while it is answered and then", async () => {
    await world.tell("heard", { id: "theirs", text: "hurts" });
    expect(world.conversation.isWaiting).toBe(true);
    expect(world.conversation.status).toBe(STRINGS.waiting);
    await world.conversation.say("too early");
    await world.tell("answered", { id: "theirs", ...ASKED });
    expect(world.conversation.isWaiting).toBe(false);
    expect(world.conversation.entries.map(({ from }) => from)).toEqual(["bot", "person", "bot"]);
    expect(world.listener.answered).not.toHaveBeenCalled();
    expect(world.sent()).toEqual([STRINGS.opening]);
  });

  it("takes an answer from the stream where it comes no other way", async () => {
    world.answers["POST /chat/messages"] = () => new Promise(() => undefined);
    const said = world.conversation.say("hurts");
    const { id } = world.asked.at(-1)?.body ?? {};
    await world.tell("answered", { id, ...ASKED });
    await said;
    expect(world.conversation.isWaiting).toBe(false);
    expect(world.listener.answered).toHaveBeenCalledOnce();
  });

  it("shows an answer once that comes both ways", async () => {
    await world.conversation.say("hurts");
    const { id } = world.asked.filter(({ body }) => body.text === "hurts")[0]?.body ?? {};
    await world.tell("heard", { id, text: "hurts" });
    await world.tell("answered", { id, ...ASKED });
    expect(world.conversation.entries.map(({ from }) => from)).toEqual(["bot", "person", "bot"]);
    expect(world.conversation.isWaiting).toBe(false);
  });

  it("sends what failed when the server is there again, unless it was taken after all", async () => {
    for (const taken of [false, true]) {
      world.answers["POST /chat/messages"] = () => Promise.reject(new TypeError("Failed to fetch"));
      await world.conversation.say(`taken: ${taken}`);
      expect(world.conversation.failure).toBe(STRINGS.unsent);
      delete world.answers["POST /chat/messages"];
      const before = world.sent().length;
      const { id, text } = world.asked.filter(({ path }) => path === "POST /chat/messages").at(-1)?.body ?? {};
      const record = taken ? [{ from: "person", id, text }, { from: "bot", text: "Where?" }] : [];
      await world.tell("told", { messages: [...OPENED, ...record] });
      await vi.waitFor(() => expect(world.conversation.failure).toBe(""));
      expect(world.sent().length - before).toBe(taken ? 0 : 1);
      await vi.waitFor(() => expect(world.conversation.isWaiting).toBe(false));
    }
  });

  it.each([undefined, null, 5, {}, { messages: 5 }, { messages: [] }])("is not moved by a stream that tells %j", async (data) => {
    const before = world.conversation.entries;
    for (const name of ["heard", "answered", "unheard of"]) await world.tell(name, data);
    expect(world.conversation.entries).toEqual(before);
    await world.conversation.say("hurts");
    expect(world.sent()).toEqual([STRINGS.opening, "hurts"]);
  });

  it("is over when it has been erased, and a new one can be begun", async () => {
    await world.conversation.say("hurts");
    await world.conversation.erase();
    expect(world.asked.at(-1)?.path).toBe("DELETE /chat/session");
    expect(world.conversation.entries).toEqual([]);
    expect(world.conversation.notice).toBe(STRINGS.erased);
    expect(world.kept.size).toBe(0);
    await world.conversation.say("hello?");
    expect(world.sent()).toEqual([STRINGS.opening, "hurts"]);
    await world.conversation.startOver();
    expect(world.conversation.isOver).toBe(false);
    expect(world.conversation.entries).toHaveLength(1);
  });

  it("says that it could not be erased, and tries again", async () => {
    world.answers["DELETE /chat/session"] = () => new Response("oops", { status: 500 });
    await world.conversation.erase();
    expect(world.conversation.failure).toBe(STRINGS.notErased);
    expect(world.conversation.isOver).toBe(false);
    delete world.answers["DELETE /chat/session"];
    await world.conversation.retry();
    expect(world.conversation.isOver).toBe(true);
    expect(world.conversation.failure).toBe("");
  });

  it("is over as soon as another page has it erased, whatever is under way", async () => {
    let answer = (_: unknown): void => undefined;
    world.answers["POST /chat/messages"] = () => new Promise((resolve) => (answer = resolve));
    const said = world.conversation.say("hurts");
    await world.tell("erased", {});
    expect(world.conversation.isOver).toBe(true);
    answer(ASKED);
    await said;
    expect(world.conversation.entries).toEqual([]);
    expect(world.conversation.status).toBe("");
  });

  it("is over when the server says that it is gone", async () => {
    world.answers["POST /chat/messages"] = () => new Response("{}", { status: 410 });
    await world.conversation.say("hurts");
    expect(world.conversation.isOver).toBe(true);
  });

  it("moves on with another tab", async () => {
    await world.conversation.say("hurts");
    world.session.begin("another token");
    world.answers["GET /chat/messages"] = () => ({ messages: [...OPENED] });
    world.session.moved();
    await vi.waitFor(() => expect(world.conversation.entries).toHaveLength(1));
    expect(world.conversation.isWaiting).toBe(false);
  });

  it("follows only while it is wanted", async () => {
    expect(world.streams).toHaveLength(1);
    world.conversation.follow(false);
    await new Promise((resolve) => setTimeout(resolve));
    world.conversation.follow(true);
    await vi.waitFor(() => expect(world.streams).toHaveLength(2));
  });

  it("opens no stream that nobody wants, even when another tab moves it on", async () => {
    const { conversation, session, streams } = setUp();
    conversation.follow(false);
    await conversation.begin();
    session.begin("another token");
    session.moved();
    await vi.waitFor(() => expect(conversation.isWaiting).toBe(false));
    expect(streams).toHaveLength(0);
    conversation.follow(true);
    await vi.waitFor(() => expect(streams).toHaveLength(1));
  });

  it("tells when the connection is lost, but not where there never was one", () => {
    const unconnected = new Conversation(world.server, world.listener);
    unconnected.connected(false);
    expect(unconnected.isConnected).toBe(true);
    for (const stands of [true, false, true]) {
      world.conversation.connected(stands);
      expect(world.conversation.isConnected).toBe(stands);
    }
  });
});
