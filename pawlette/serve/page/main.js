// Wires the page: who asks, which language, which part is shown.

import { get, post } from "./api.js";
import * as chooser from "./chooser.js";
import * as corner from "./corner.js";
import { $, show } from "./dom.js";
import * as gallery from "./gallery.js";
import { canSpeak, setSound } from "./speech.js";
import * as stage from "./stage.js";
import { say, sorry, speakIn, spoken } from "./words.js";

const LANGUAGE = "pawlette-language"; // in this browser tab
const PAUSE = 200; // milliseconds without a choice, until the tiles are read
const VIEWS = ["draw", "pictures", "grown-ups"];
let settings;
let timer;
let asked = 0; // answers to earlier choices come too late

function languageAtFirst() {
  const own = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  return sessionStorage.getItem(LANGUAGE) ?? own;
}

function speak(language) {
  speakIn(language);
  const other = language === "zh" ? "en" : "zh";
  $("language").textContent = other === "zh" ? "中文" : "English";
  $("language").lang = other;
  if (settings) $("labels").textContent = say("madeBy", { model: settings.model.id });
}

/** The words for the tiles, from the server, so that the child hears what the model will read. */
async function understand() {
  const body = chooser.wish();
  asked += 1;
  const mine = asked;
  if (body === null) {
    $("sentence").textContent = "";
    return null;
  }
  const understood = await post("/v1/wish", body);
  if (mine === asked) $("sentence").textContent = understood.text;
  return understood;
}

async function trying(act) {
  try {
    return await act();
  } catch (problem) {
    if (problem.code === "key_needed") location.reload(); // its session has ended: the page asks for the key
    stage.tell(sorry(problem), { kind: true });
    return null;
  }
}

const choices = () => {
  clearTimeout(timer);
  timer = setTimeout(() => trying(understand), PAUSE);
};

async function drawTiles() {
  clearTimeout(timer);
  if (chooser.wish() === null) chooser.surprise();
  const understood = await trying(understand);
  if (understood) await stage.draw(understood, chooser.chosen().style);
}

async function drawOwn(event) {
  event.preventDefault();
  const text = $("own-text").value.trim();
  if (!text) {
    $("own-text").focus();
    return;
  }
  const style = chooser.chosen().style;
  const understood = await trying(() => post("/v1/words", { text, style: style ?? null }));
  if (understood) await stage.draw(understood, style);
}

function listen() {
  $("wish").addEventListener("submit", (event) => {
    event.preventDefault();
    drawTiles();
  });
  $("surprise").addEventListener("click", () => {
    chooser.surprise();
    drawTiles();
  });
  $("own").addEventListener("submit", drawOwn);
  $("sound").addEventListener("click", () => {
    const on = $("sound").getAttribute("aria-pressed") !== "true";
    $("sound").setAttribute("aria-pressed", on);
    setSound(on);
  });
  $("language").addEventListener("click", () => {
    const language = spoken() === "zh" ? "en" : "zh";
    sessionStorage.setItem(LANGUAGE, language);
    speak(language);
    chooser.fill();
    stage.label();
    choices();
    route();
  });
  window.addEventListener("hashchange", () => {
    route();
    $("main").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });
}

function route() {
  const asks = location.hash.slice(1);
  const view = VIEWS.includes(asks) ? asks : "draw";
  for (const one of VIEWS) {
    show($(one), one === view);
    const link = document.querySelector(`nav a[href="#${one}"]`);
    if (one === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view === "pictures") trying(async () => gallery.open(await get("/v1/settings")));
  corner.visit(view === "grown-ups");
}

function askForKey() {
  show($("key-form"));
  for (const view of VIEWS) show($(view), false);
  $("key-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post("/v1/session", { key: $("key").value });
      location.reload();
    } catch (problem) {
      $("key-said").textContent = sorry(problem);
    }
  });
}

async function start() {
  speak(languageAtFirst());
  show($("sound"), canSpeak);
  settings = await get("/v1/settings");
  speak(spoken());
  if (settings.owner === null) {
    askForKey();
    return;
  }
  const [vocabulary, pictures] = await Promise.all([get("/v1/vocabulary"), get("/page/tiles/tiles.json")]);
  chooser.setUp(vocabulary, pictures, choices);
  corner.setUp(settings);
  gallery.setUp();
  stage.setUp(corner.drawing);
  listen();
  route();
  document.documentElement.dataset.ready = "";
}

trying(start);
