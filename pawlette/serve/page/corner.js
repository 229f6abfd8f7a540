// The grown-ups' corner behind the PIN: the queue, what is kept, how it is drawn, what is labelled.

import { call, get, post } from "./api.js";
import { $, make, show } from "./dom.js";
import { queueCard } from "./queue.js";
import { say, sorry } from "./words.js";

let settings;
let queue = null;
let goes; // the end of the quarter of an hour
const drawn = {}; // what an adult set for the drawing

export const drawing = () => ({ ...drawn });

export function setUp(now) {
  settings = now;
  $("pin-form").addEventListener("submit", enter);
}

async function enter(event) {
  event.preventDefault();
  $("pin-said").textContent = "";
  try {
    await post("/v1/adult", { pin: $("pin").value });
    await visit(true);
    $("corner").querySelector("h2").focus();
  } catch (problem) {
    $("pin-said").textContent = sorry(problem);
  } finally {
    $("pin").value = "";
  }
}

/** Show the corner, or what stands before it; out of sight it listens to nothing. */
export async function visit(here) {
  queue?.close();
  queue = null;
  clearTimeout(goes);
  if (!here) return;
  try {
    settings = await get("/v1/settings");
  } catch (problem) {
    $("pin-said").textContent = sorry(problem);
    return;
  }
  show($("pin-form"), !settings.adult);
  show($("corner"), settings.adult);
  if (!settings.adult) {
    forget();
    $("corner").replaceChildren();
    return;
  }
  queue = queueCard();
  $("corner").replaceChildren(queue.element, drawingCard(), keepingCard(), pinCard(), labelsCard(), leaving());
  goes = setTimeout(() => visit(true), Math.max(0, settings.adult_until * 1000 - Date.now()) + 500);
}

function forget() {
  for (const name of Object.keys(drawn)) delete drawn[name];
}

const card = (title, ...children) =>
  make("section", { class: "card" }, make("h2", { tabindex: "-1" }, say(title)), ...children);

const field = (label, input) => make("label", {}, say(label), input);

const number = (min, max, step, value, hint) =>
  make("input", { type: "number", min, max, step, value, placeholder: hint, inputmode: "decimal" });

function drawingCard() {
  const { model } = settings;
  const size = make("select", {}, ...model.sizes.map((one) => make("option", { value: one, selected: one === drawn.size }, one)));
  const steps = number(1, 200, 1, drawn.steps, `${say("modelsOwn")} (${model.steps})`);
  const seed = number(0, 4294967295, 1, drawn.seed, say("anySeed"));
  const saturation = number(0, 1, 0.1, drawn.finish?.saturation ?? 0, "0");
  const cartoon = number(0, 1, 0.1, drawn.finish?.cartoon ?? 0, "0");
  const take = () => {
    if (!form.reportValidity()) return;
    forget();
    drawn.size = size.value;
    if (steps.value) drawn.steps = Number(steps.value);
    if (seed.value) drawn.seed = Number(seed.value);
    const finish = { saturation: Number(saturation.value), cartoon: Number(cartoon.value) };
    if (finish.saturation || finish.cartoon) drawn.finish = finish;
  };
  const form = make("form", { class: "fields", onchange: take, onsubmit: (event) => event.preventDefault() },
    field("size", size), field("steps", steps), field("seed", seed), field("saturation", saturation), field("cartoon", cartoon));
  return card("drawingTitle", form, make("p", { class: "help" }, say("drawingHelp")));
}

/** A form whose act is tried: its sentence, or what went wrong, is told beside it. */
function acting(act, ...children) {
  const told = make("p", { role: "status" });
  const form = make("form", {
    onsubmit: async (event) => {
      event.preventDefault();
      try {
        told.textContent = await act();
      } catch (problem) {
        told.textContent = sorry(problem);
        if (problem.code === "adult_needed") visit(true);
      }
    },
  }, ...children, told);
  return form;
}

function keepingCard() {
  const history = make("input", { type: "checkbox", checked: settings.history });
  const days = number(1, 3650, 1, settings.retention_days, "");
  days.required = true;
  const save = async () => {
    settings = await call("PATCH", "/v1/settings", { history: history.checked, retention_days: Number(days.value) });
    return say("saved");
  };
  const kept = acting(save, make("p", { class: "help" }, say("historyHelp")),
    make("div", { class: "fields" }, make("label", { class: "check" }, history, say("history")), field("days", days)),
    make("button", { class: "plain" }, say("save")));
  return card("keeping", kept, deleting());
}

function deleting() {
  const told = make("p", { role: "status" });
  const ask = make("button", { type: "button", class: "plain danger" }, say("deleteAll"));
  const yes = make("button", { type: "button", class: "plain danger" }, say("yesDelete"));
  const no = make("button", { type: "button", class: "plain" }, say("keep"));
  const sure = make("div", { class: "row", hidden: true }, make("strong", {}, say("deleteSure")), yes, no);
  const asking = (is) => {
    show(sure, is);
    show(ask, !is);
    (is ? no : ask).focus();
  };
  ask.addEventListener("click", () => asking(true));
  no.addEventListener("click", () => asking(false));
  yes.addEventListener("click", async () => {
    try {
      told.textContent = say("deleted", await post("/v1/delete-everything", { sure: true }));
      queue?.refresh();
    } catch (problem) {
      told.textContent = sorry(problem);
    }
    asking(false);
  });
  return make("div", { class: "deleting" }, ask, sure, told);
}

function pinCard() {
  const pin = make("input", {
    type: "password", inputmode: "numeric", autocomplete: "new-password", pattern: "[0-9]{4,12}", maxlength: 12, required: true,
  });
  const change = async () => {
    await call("PATCH", "/v1/settings", { pin: pin.value });
    pin.value = "";
    return say("pinChanged");
  };
  return card("changePin", acting(change, make("div", { class: "fields" }, field("newPin", pin)), make("button", { class: "plain" }, say("changePin"))));
}

function labelsCard() {
  const { model } = settings;
  const rows = {
    visibleMark: say(settings.mark ? "markOn" : "markOff"), fileMarks: say("fileMarksAre"),
    mode: say(settings.kid_mode ? "kidMode" : "studioMode"), model: model.id, licence: model.licence, version: settings.version,
  };
  const list = Object.entries(rows).flatMap(([key, text]) => [make("dt", {}, say(key)), make("dd", {}, text)]);
  return card("labelsTitle", make("dl", {}, ...list));
}

function leaving() {
  const leave = async () => {
    await call("DELETE", "/v1/adult").catch(() => null); // it ends by itself, too
    forget();
    location.hash = "#draw";
  };
  return make("button", { type: "button", class: "big second", onclick: leave }, say("leave"));
}
