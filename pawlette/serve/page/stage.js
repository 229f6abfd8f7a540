// The sheet on which a picture comes to be: the order, its previews, its end, and what can be done with it.

import { follow, get, order, post } from "./api.js";
import { $, make, print, show } from "./dom.js";
import { read } from "./speech.js";
import { say, sorry } from "./words.js";

const PREVIEWS = 4;
const LOOK = 3000; // milliseconds between two looks at the place in the line
const KEPT = "pawlette-job"; // of this browser tab: which job a reload goes on watching

const words = new Map(); // job -> its text, for as long as the page is open
let adultSettings = () => ({});
let now = null; // { id, stop, timer }
let last = null; // the finished job that is shown
let turn = 0; // a wish that was made meanwhile makes earlier answers worthless

export const textOf = (job) => job.text || words.get(job.id) || "";

export function setUp(settings) {
  adultSettings = settings;
  $("stop").addEventListener("click", stopNow);
  const kept = sessionStorage.getItem(KEPT);
  if (kept) resume(kept);
}

async function resume(id) {
  try {
    const job = await get(`/v1/jobs/${id}`);
    if (job.text) words.set(id, job.text);
    watch(job);
  } catch {
    sessionStorage.removeItem(KEPT); // it is gone, and nobody waits for it
  }
}

export function tell(text, { kind = false, aloud = true } = {}) {
  $("said").textContent = text;
  $("said").classList.toggle("kind", kind);
  if (aloud) read(text);
}

function busy(is) {
  const at = document.activeElement; // what has the focus may be hidden now: it goes to what stands there instead
  const moves = is ? $("stage").contains(at) && at !== $("own-text") : at === $("stop");
  for (const id of ["go", "surprise", "own-go"]) $(id).disabled = is;
  $("stage").setAttribute("aria-busy", is);
  show($("go"), !is);
  show($("surprise"), !is);
  show($("stop"), is);
  show($("progress"), is);
  if (moves) $(is ? "stop" : "go").focus({ preventScroll: true });
}

function clear() {
  turn += 1;
  now?.stop();
  clearInterval(now?.timer);
  now = last = null;
  show($("instead"), false);
  show($("actions"), false);
  tell("", { aloud: false });
}

/** Draw words that the gate has read: `understood` is an answer of /v1/words or /v1/wish. */
export async function draw(understood, style) {
  clear();
  if (understood.status === "refused" || understood.status === "unknown_animal") {
    refuse(understood);
    return;
  }
  const mine = turn;
  const transparent = style === "sticker";
  const body = { text: understood.text, style: style ?? null, transparent, previews: PREVIEWS, ...adultSettings() };
  tell(understood.said.join(" "), { kind: understood.said.length > 0, aloud: false });
  read([understood.text, ...understood.said].join(". "));
  await begin(mine, () => order(body), understood.text);
}

/** The same wish with another seed; the server remembers the words, or this page does. */
export async function redraw(job) {
  clear();
  const mine = turn;
  const text = textOf(job);
  if (job.text || !text) await begin(mine, () => post(`/v1/jobs/${job.id}/again`, { seed: "new" }), text);
  else {
    const { style, transparent, finish, format, steps, guidance } = job;
    const body = { text, style, transparent, finish, format, steps, guidance, size: `${job.width}x${job.height}`, previews: PREVIEWS };
    await begin(mine, () => order(body), text);
  }
}

async function begin(mine, ask, text) {
  busy(true);
  $("progress").removeAttribute("value");
  $("stage").scrollIntoView({ block: "nearest" });
  try {
    const { jobs } = await ask();
    if (mine !== turn) {
      post(`/v1/jobs/${jobs[0].id}/cancel`).catch(() => null); // nobody waits for it any more
      return;
    }
    words.set(jobs[0].id, text);
    sessionStorage.setItem(KEPT, jobs[0].id);
    watch(jobs[0]);
  } catch (problem) {
    if (mine !== turn) return;
    busy(false);
    const error = problem.error ?? {};
    if (error.code === "refused" || error.code === "unknown_animal") refuse(error);
    else tell(sorry(problem), { kind: true });
  }
}

function refuse({ message, suggestion }) {
  show($("picture"), false); // the last one is no answer to this wish
  show($("empty"));
  $("sheet").classList.remove("clear");
  tell(message, { kind: true });
  if (!suggestion) return;
  const button = make("button", { type: "button", class: "plain" }, say("instead", { text: suggestion }));
  button.addEventListener("click", () => suggest(suggestion));
  $("instead").replaceChildren(button);
  show($("instead"));
}

async function suggest(text) {
  try {
    draw(await post("/v1/words", { text }));
  } catch (problem) {
    tell(sorry(problem), { kind: true });
  }
}

function watch(job) {
  busy(true);
  const changes = $("said").textContent; // what was changed stays to be read
  const status = (text) => tell([changes, text].filter(Boolean).join(" "), { kind: Boolean(changes), aloud: false });
  const mine = { id: job.id, stop: () => {}, timer: 0 };
  now = mine;
  const place = async () => {
    const found = await get(`/v1/jobs/${job.id}`).catch(() => null);
    if (now !== mine || found?.state !== "queued" || found.position === null) return;
    status(found.position ? say("placeN", { n: found.position }) : say("place1"));
  };
  const wait = () => {
    clearInterval(mine.timer);
    mine.timer = setInterval(place, LOOK);
    status(say("waiting"));
    place();
  };
  const heard = {
    queued: wait,
    moved: place,
    running: () => {
      clearInterval(mine.timer);
      status(say("drawing"));
    },
    step: ({ step, steps }) => {
      $("progress").max = steps;
      $("progress").value = step;
    },
    preview: ({ media_type: type, b64 }) => look(`data:${type};base64,${b64}`, "", job),
    done: () => finish(job.id, changes),
    failed: (data) => end(data.message && data.reason === "refused" ? data.message : say("failed")),
    cancelled: () => end(say("stopped")),
    expired: () => end(say("expired")),
  };
  mine.stop = follow(job.id, (kind, data) => now === mine && heard[kind](data));
}

function look(source, alt, job) {
  const picture = $("picture");
  picture.src = source;
  picture.alt = alt;
  $("sheet").classList.toggle("clear", job.transparent);
  show(picture);
  show($("empty"), false);
}

function end(text) {
  clearInterval(now?.timer);
  now = null;
  sessionStorage.removeItem(KEPT);
  busy(false);
  tell(text, { kind: true });
}

async function finish(id, changes) {
  clearInterval(now?.timer);
  now = null;
  sessionStorage.removeItem(KEPT);
  busy(false);
  try {
    const job = await get(`/v1/jobs/${id}`);
    last = job;
    tell([changes, say("done")].filter(Boolean).join(" "), { kind: Boolean(changes), aloud: false });
    read(say("done"));
    label();
    $("actions").scrollIntoView({ block: "nearest" });
  } catch (problem) {
    tell(sorry(problem), { kind: true });
  }
}

/** Name the finished picture and its buttons, in the language that is spoken. */
export function label() {
  if (!last) return;
  look(last.picture, altOf(last), last);
  $("actions").replaceChildren(...actions(last));
  show($("actions"));
}

export const altOf = (job) => (textOf(job) ? say("pictureOf", { text: textOf(job) }) : say("picture"));

/** Keep, print, draw again: buttons for a picture that is done. */
export function actions(job, before = () => {}) {
  const again = () => {
    before();
    location.hash = "#draw";
    redraw(job);
  };
  return [
    textOf(job) ? make("button", { type: "button", class: "plain", onclick: again }, say("again")) : null,
    make("a", { class: "plain", href: `${job.picture}?download=true`, download: "" }, say("download")),
    make("button", { type: "button", class: "plain", onclick: () => print(job.picture, altOf(job)) }, say("print")),
  ].filter(Boolean);
}

async function stopNow() {
  if (now) await post(`/v1/jobs/${now.id}/cancel`).catch((problem) => tell(sorry(problem), { kind: true }));
  else {
    clear(); // not accepted yet: its answer is not waited for
    busy(false);
  }
}

