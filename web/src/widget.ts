/** `<backchat-widget>`: the chat on any page, inline, as a launcher in a corner, or as the whole page. */

import { LitElement, type TemplateResult, html, nothing, unsafeCSS } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import { readRgb, readableOn } from "./colours";
import { type Confirming, confirmDialog } from "./confirming";
import { Conversation, type Listener } from "./conversation";
import type { Entry } from "./exchanges";
import { icon } from "./icons";
import { hintFor, questionForm } from "./questions";
import { botTurn, linked } from "./result";
import { Server } from "./server";
import { Session, otherTabs, storeOfTab } from "./session";
import { STRINGS } from "./strings";
import { questionIn } from "./summary";
import { understoodPanel } from "./understood";
import type { Question } from "./wire";
import css from "./widget.css?inline";

const SCRIPT = document.currentScript as HTMLScriptElement | null;
/** Up to here an open launcher covers the whole page; as in the styles. */
const COVERS = "(max-width: 30rem)";
const BASE = new URL(".", SCRIPT?.src ?? location.href).href;
const TAG = "backchat-widget";

class BackchatWidget extends LitElement implements Listener {
  static override styles = unsafeCSS(css);
  static override properties = {
    heading: { attribute: "title" },
    accent: {},
    theme: { reflect: true },
    position: { reflect: true },
    country: { converter: (value: string | null) => (value ?? "").toLowerCase() },
    greeting: {},
    open: { state: true },
    ticked: { state: true },
    changing: { state: true },
    panelOpen: { state: true },
    menuOpen: { state: true },
    confirming: { state: true },
  };

  declare heading: string;
  declare accent: string;
  declare theme: string;
  declare position: string;
  declare country: string;
  declare greeting: string;
  declare private open: boolean;
  declare private ticked: ReadonlySet<string>;
  declare private changing: string;
  declare private panelOpen: boolean;
  declare private menuOpen: boolean;
  declare private confirming: Confirming | undefined;

  private conversation: Conversation | undefined;
  private shown = 0;
  private asked: Question | undefined;
  private wasOver = false;
  private hasSpoken = false;

  constructor() {
    super();
    this.heading = STRINGS.title;
    this.accent = this.country = this.greeting = this.changing = "";
    this.theme = "auto";
    this.position = "inline";
    this.open = this.panelOpen = this.menuOpen = false;
    this.ticked = new Set();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("online", this.goOnline);
    addEventListener("offline", this.goOffline);
    document.addEventListener("visibilitychange", this.follow);
    this.follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("online", this.goOnline);
    removeEventListener("offline", this.goOffline);
    document.removeEventListener("visibilitychange", this.follow);
    this.follow();
  }

  /** The heading is no tooltip of the whole widget, which is what the attribute does by itself. */
  override attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (name === "title" && value === null) return;
    super.attributeChangedCallback(name, before, value);
    if (name === "title") this.removeAttribute("title");
  }

  // --- what the conversation tells -------------------------------------------------------------------------

  changed(): void {
    this.requestUpdate();
  }

  async answered(): Promise<void> {
    await this.updateComplete;
    if (this.isFocusFree) this.returnFocus();
  }

  async failed(): Promise<void> {
    await this.updateComplete;
    if (this.position !== "page" && !this.hasSpoken) return;
    if (this.isFocusFree) this.find("#retry")?.focus({ preventScroll: true });
    this.find("#failure")?.scrollIntoView({ block: "nearest" });
  }

  returned(text: string): void {
    this.textField.value = text;
    this.fitTextField();
  }

  // --- life ------------------------------------------------------------------------------------------------

  private get isFloating(): boolean {
    return this.position === "left" || this.position === "right";
  }

  protected override firstUpdated(): void {
    if (!this.isFloating) this.start();
  }

  private start(): void {
    if (this.conversation) return;
    const country = STRINGS.countries[this.country]?.name;
    const opening = country === undefined ? STRINGS.opening : STRINGS.openingFrom(country);
    const server = new Server(BASE, new Session(storeOfTab(), otherTabs()));
    this.conversation = new Conversation(server, this, opening, this.greeting);
    this.follow();
    void this.conversation.begin();
  }

  /** What was ticked belongs to one question, whichever tab it was answered in. */
  protected override willUpdate(): void {
    const question = this.conversation?.question;
    if (question === this.asked) return;
    this.asked = question;
    this.ticked = new Set();
  }

  protected override updated(changes: Map<string, unknown>): void {
    if (changes.has("accent")) this.colour();
    if (changes.has("open") && this.isFloating) this.showFrame();
    if (changes.has("confirming") && this.confirming) this.confirmDialog.showModal();
    if (!this.conversation) return;
    this.makeRoom();
    const shown = this.find("#log")?.childElementCount ?? 0;
    if (shown > this.shown) this.scrollToNews();
    this.shown = shown;
    if (this.conversation.retelling) requestAnimationFrame(() => this.endRetelling());
    if (this.conversation.isOver && !this.wasOver && this.hasSpoken) this.find("#begin")?.focus();
    this.wasOver = this.conversation.isOver;
  }

  /** Where the frame covers the page, nothing beneath it can be reached, by keyboard or screen reader either. */
  private showFrame(): void {
    const frame = this.find(".frame") as HTMLDialogElement;
    if (!this.open) frame.close();
    else if (matchMedia(COVERS).matches) frame.showModal();
    else frame.show();
  }

  /** The browser can close the frame as well, say by the back button of a phone. */
  private readonly frameClosed = (): void => {
    if (this.open) void this.toggle(false);
  };

  /** What sticks above the text field stands on it, and what comes into view stays clear of the head, however high. */
  private makeRoom(): void {
    for (const [name, place] of [["--head", ".bar"], ["--composer", "#composer"]] as const) {
      this.find(".frame")?.style.setProperty(name, `${this.find(place)?.offsetHeight ?? 0}px`);
    }
  }

  private endRetelling(): void {
    if (this.conversation) this.conversation.retelling = false;
    this.requestUpdate();
  }

  private colour(): void {
    const root = this.find(".root");
    if (!root || !CSS.supports("color", this.accent)) return;
    root.style.setProperty("--brand", this.accent);
    const brand = this.find(".brand");
    const rgb = brand && readRgb(getComputedStyle(brand).backgroundColor);
    if (rgb) root.style.setProperty("--on-brand", readableOn(rgb));
  }

  /** Where both don't fit, the beginning of what is new stays in view, rather than the way to answer. */
  private scrollToNews(): void {
    if (this.position !== "page" && !this.hasSpoken) return;
    const entries = this.conversation?.entries ?? [];
    if (!entries.some(({ from }) => from === "person")) return; // the beginning of the page is the beginning
    this.find(entries.at(-1)?.from === "person" ? "#status" : "#question")?.scrollIntoView({ block: "nearest" });
    const news = this.find("#log")?.children[this.shown];
    (news?.querySelector(".banner") ?? news)?.scrollIntoView({ block: "nearest" });
  }

  private readonly goOnline = (): void => {
    this.requestUpdate();
    this.conversation?.hurry();
  };

  private readonly goOffline = (): void => this.requestUpdate();

  /** A page that nobody sees needs no connection, of which a browser has few; it catches up when it is seen again. */
  private readonly follow = (): void => {
    this.conversation?.follow(this.isConnected && !document.hidden && (this.open || !this.isFloating));
  };

  // --- what the person does --------------------------------------------------------------------------------

  private readonly say = (text: string): void => {
    this.hasSpoken = true;
    this.changing = "";
    this.panelOpen = false;
    void this.conversation?.say(text);
  };

  private readonly tell = (status: string): void => this.conversation?.tell(status);

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const { conversation } = this;
    if (!conversation) return;
    // What was not answered goes first: an answer must never meet a question that the person has not seen.
    if (conversation.failure) return void conversation.retry();
    if (conversation.isWaiting) return;
    const words = this.textField.value;
    this.textField.value = "";
    this.fitTextField();
    this.say(words);
  };

  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
  };

  private confirmRestart(): void {
    this.confirm({
      title: STRINGS.restartTitle,
      text: STRINGS.restartText,
      confirm: STRINGS.restart,
      run: () => void this.startOver(),
    });
  }

  private confirmErasure(): void {
    this.confirm({
      title: STRINGS.eraseTitle,
      text: STRINGS.eraseText,
      confirm: STRINGS.eraseConfirm,
      run: () => this.erase(),
    });
  }

  private confirm(confirming: Confirming): void {
    this.closeMenu(); // which gets the focus back from the dialog
    this.confirming = confirming;
  }

  private async startOver(): Promise<void> {
    this.hasSpoken = true;
    this.panelOpen = false;
    await this.conversation?.startOver();
    await this.updateComplete;
    this.returnFocus();
  }

  private erase(): void {
    this.hasSpoken = true;
    this.panelOpen = false;
    void this.conversation?.erase();
  }

  private async change(id: string): Promise<void> {
    const before = this.changing;
    this.changing = id;
    await this.updateComplete;
    const place = id ? "#change input, #change button" : `[data-change="${before}"]`;
    this.find(place)?.focus();
  }

  private async toggle(open: boolean): Promise<void> {
    this.open = open;
    await this.updateComplete;
    this.start();
    this.follow();
    if (open) this.returnFocus();
    else this.find(".launcher")?.focus();
  }

  private readonly closeOnEscape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    if (this.confirmDialog.open) return;
    if (this.menuOpen) this.closeMenu();
    else if (this.panelOpen) this.closePanel();
    else if (this.isFloating) void this.toggle(false);
    else return;
    event.preventDefault(); // what is around it stays open
  };

  private closePanel(): void {
    if (this.find("#understood")?.matches(":focus-within")) this.find("#understood-button")?.focus();
    this.panelOpen = false;
    this.changing = "";
  }

  /** Not every browser gives a button that is clicked the focus, whose loss closes the menu. */
  private readonly toggleMenu = ({ currentTarget }: Event): void => {
    this.menuOpen = !this.menuOpen;
    (currentTarget as HTMLElement).focus();
  };

  private closeMenu(): void {
    this.menuOpen = false;
    this.find("#menu-button")?.focus();
  }

  private readonly leaveMenu = ({ currentTarget, relatedTarget }: FocusEvent): void => {
    const isInside = relatedTarget instanceof Node && (currentTarget as HTMLElement).contains(relatedTarget);
    if (!isInside) this.menuOpen = false;
  };

  /** Whether nobody misses the focus: it is nowhere, or where something was sent. Whoever went on keeps it. */
  private get isFocusFree(): boolean {
    const { activeElement, body } = document;
    if (!activeElement || activeElement === body) return true;
    return !this.textField.value && this.find("#composer")?.matches(":focus-within") === true;
  }

  /** On a touch screen the text field would bring up a keyboard over the options. */
  private returnFocus(): void {
    const options = this.find("#question form");
    const touch = matchMedia("(pointer: coarse)").matches;
    (touch && options ? options : this.textField).focus({ preventScroll: true });
  }

  private fitTextField(): void {
    const { style } = this.textField;
    style.height = "auto";
    style.height = `${this.textField.scrollHeight + 2}px`;
    this.makeRoom();
  }

  private find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  private get confirmDialog(): HTMLDialogElement {
    return this.find("#confirm") as HTMLDialogElement;
  }

  private get textField(): HTMLTextAreaElement {
    return this.renderRoot.querySelector("textarea") as HTMLTextAreaElement;
  }

  // --- what is shown ---------------------------------------------------------------------------------------

  protected override render(): TemplateResult {
    return html`<div class="root" lang=${STRINGS.language}>${this.isFloating ? this.launcher() : nothing} ${this.frame()}</div>`;
  }

  private launcher(): TemplateResult {
    return html`<button
      type="button"
      class="launcher brand"
      aria-haspopup="dialog"
      aria-expanded=${this.open}
      ?hidden=${this.open}
      @click=${() => this.toggle(true)}
    >
      ${icon("brand")}<span>${this.heading === STRINGS.title ? STRINGS.launch : this.heading}</span>
    </button>`;
  }

  private frame(): TemplateResult {
    if (this.isFloating) {
      return html`<dialog
        class="frame"
        aria-labelledby="heading"
        @close=${this.frameClosed}
        @keydown=${this.closeOnEscape}
      >
        ${this.content()}
      </dialog>`;
    }
    const name = this.position === "page" ? nothing : "heading";
    return html`<div
      class="frame"
      role=${this.position === "page" ? nothing : "region"}
      aria-labelledby=${name}
      @keydown=${this.closeOnEscape}
    >
      ${this.content()}
    </div>`;
  }

  private content(): TemplateResult {
    return html`${this.header()}
      <p class="small tagline">${STRINGS.tagline}</p>
      <div class="talk">
        ${this.log()}
        <p id="status" class=${this.conversation?.isWaiting ? "waiting" : ""} role="status">${this.status}</p>
        <p id="connection" role="status">${this.conversation?.failure ? "" : this.connection}</p>
        ${this.failure()}
        <div id="question">${this.question()}</div>
        ${this.conversation?.isOver ? this.beginning() : this.composer()}
      </div>
      ${confirmDialog(this.confirming)}`;
  }

  private header(): TemplateResult {
    const understood = this.conversation?.understood ?? [];
    return html`<header>
      <div class="bar">
        ${icon("brand")}
        <h2 id="heading">${this.heading}</h2>
        <button
          type="button"
          id="understood-button"
          class="quiet"
          aria-expanded=${this.panelOpen}
          aria-controls="understood"
          @click=${() => (this.panelOpen = !this.panelOpen)}
        >
          <span class="in-words">${STRINGS.understood(understood.length)}</span>
          <span class="in-short" aria-hidden="true">${icon("understood")} ${understood.length}</span>
        </button>
        ${this.menu()} ${this.isFloating ? this.closeButton() : nothing}
      </div>
      ${this.panelOpen
        ? understoodPanel(understood, { changing: this.changing, change: (id) => this.change(id), say: this.say })
        : nothing}
    </header>`;
  }

  private closeButton(): TemplateResult {
    return html`<button type="button" class="quiet sign" aria-label=${STRINGS.close} @click=${() => this.toggle(false)}>
      ${icon("close")}
    </button>`;
  }

  private menu(): TemplateResult {
    return html`<div class="menu" @focusout=${this.leaveMenu}>
      <button
        type="button"
        id="menu-button"
        class="quiet sign"
        aria-label=${STRINGS.menu}
        aria-expanded=${this.menuOpen}
        aria-controls="menu"
        @click=${this.toggleMenu}
      >
        ${icon("menu")}
      </button>
      <div id="menu" ?hidden=${!this.menuOpen} @mousedown=${(event: Event) => event.preventDefault()}>
        ${this.conversation?.question ? this.menuItem(STRINGS.stop, () => this.stop()) : nothing}
        ${this.menuItem(STRINGS.restart, () => this.confirmRestart())}
        ${this.conversation?.isOver ? nothing : this.menuItem(STRINGS.erase, () => this.confirmErasure())}
      </div>
    </div>`;
  }

  private menuItem(words: string, run: () => void): TemplateResult {
    return html`<button type="button" @click=${run}>${words}</button>`;
  }

  private stop(): void {
    this.closeMenu();
    this.say(STRINGS.stop);
  }

  private log(): TemplateResult {
    const entries = this.conversation?.entries ?? [];
    return html`<div
      id="log"
      role="log"
      aria-live=${this.conversation?.retelling ? "off" : "polite"}
      aria-label=${STRINGS.conversation}
    >
      ${this.conversation?.notice ? html`<p class="notice">${this.conversation.notice}</p>` : nothing}
      ${repeat(
        entries,
        ({ key }) => key,
        (entry) => this.entry(entry),
      )}
    </div>`;
  }

  private entry(entry: Entry): TemplateResult {
    if (entry.from === "bot") {
      return botTurn(entry.turn, entry.emergency, { base: BASE, country: this.country, tell: this.tell });
    }
    const isUnsent = this.conversation?.isUnsent(entry.key);
    const mark = isUnsent ? html`<span class="unsent">${STRINGS.notSent}</span>` : nothing;
    return html`<div class="message person" dir="auto"><span class="unseen">${STRINGS.saidByPerson} </span>${entry.text}${mark}</div>`;
  }

  private get status(): string {
    const { status, question } = this.conversation ?? {};
    return status || (question ? hintFor(question) : "");
  }

  /** Whether what is written can be sent. */
  private get connection(): string {
    if (!navigator.onLine) return STRINGS.offline;
    return (this.conversation?.isConnected ?? true) ? "" : STRINGS.disconnected;
  }

  private failure(): TemplateResult {
    const failure = this.conversation?.failure ?? "";
    return html`<div id="failure" class="notice" role="alert" ?hidden=${!failure}>
      ${failure
        ? html`<p><strong>${STRINGS.unreachable}</strong> ${this.connection || failure}</p>
            <p>${STRINGS.emergencySigns}${linked(this.numbers)}</p>
            <button type="button" id="retry" class="brand" @click=${() => this.conversation?.retry()}>
              ${STRINGS.retry}
            </button>`
        : nothing}
    </div>`;
  }

  private get numbers(): string {
    const number = STRINGS.countries[this.country]?.emergency;
    return number === undefined ? STRINGS.emergencyAnywhere : STRINGS.emergencyNumber(number);
  }

  private question(): unknown {
    const { question, entries } = this.conversation ?? {};
    const last = entries?.at(-1);
    if (!question || last?.from !== "bot") return nothing;
    const words = questionIn(last.turn.texts);
    const asking = {
      ticked: this.ticked,
      tick: (ticked: ReadonlySet<string>) => (this.ticked = ticked),
      say: this.say,
      tell: this.tell,
    };
    return keyed(question, questionForm(question, words, asking));
  }

  private beginning(): TemplateResult {
    return html`<div class="row">
      <button type="button" id="begin" class="brand" @click=${() => this.startOver()}>${STRINGS.begin}</button>
    </div>`;
  }

  private composer(): TemplateResult {
    return html`<form id="composer" autocomplete="off" @submit=${this.submit}>
      <label for="text">${STRINGS.composer}</label>
      <div class="row">
        <textarea
          id="text"
          rows="1"
          maxlength="20000"
          enterkeyhint="send"
          aria-describedby="hint"
          @keydown=${this.typed}
          @input=${this.fitTextField}
        ></textarea>
        <button type="submit" id="send" class="brand">${STRINGS.send}</button>
      </div>
      <p id="hint" class="small">${STRINGS.hint}</p>
    </form>`;
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, BackchatWidget);
