// The tiles: native radio buttons in tabs, so that touch, keyboard and screen readers work as they do everywhere.

import { $, make, show } from "./dom.js";
import { read } from "./speech.js";
import { say, spoken } from "./words.js";

const TABS = [
  ["tabAnimal", ["animal"]],
  ["tabLooks", ["colour", "count", "look"]],
  ["tabAction", ["action", "mood"]],
  ["tabWears", ["accessory"]],
  ["tabPlace", ["place", "style"]],
  ["tabSky", ["weather", "time", "season"]],
];
const LISTS = {
  animal: "animals", colour: "colours", look: "looks", mood: "moods", action: "actions", accessory: "accessories",
  place: "places", weather: "weather", season: "seasons", time: "times", style: "styles",
};
const COUNTS = ["one", "two", "three"];
const MANY = 80; // animals, from which on they can be searched

let book;
let drawn;
let changed = () => {};

/** `vocabulary` as the API gives it; `pictures`: group -> ids that have a drawn tile; `hear` is told of every choice. */
export function setUp(vocabulary, pictures, hear) {
  [book, drawn, changed] = [vocabulary, pictures, hear];
  $("wish").addEventListener("change", (event) => {
    if (event.target.type !== "radio") return;
    read(event.target.closest("label").textContent);
    nameTabs();
    changed();
  });
  fill();
}

/** Draw the tiles anew, in the language that is spoken; what was chosen stays chosen. */
export function fill() {
  const kept = chosen();
  const now = document.querySelector('[role="tab"][aria-selected="true"]')?.id;
  $("tabs").replaceChildren();
  $("panels").replaceChildren();
  for (const [key, slots] of TABS) {
    const sets = slots.map(group).filter(Boolean);
    if (!sets.length) continue;
    const panel = make("div", { role: "tabpanel", id: `panel-${key}`, "aria-labelledby": key }, ...sets);
    const tab = make("button", {
      type: "button", role: "tab", id: key, "aria-controls": panel.id, onclick: () => select(tab), onkeydown: move,
    });
    $("tabs").append(tab);
    $("panels").append(panel);
  }
  for (const [slot, id] of Object.entries(kept)) choose(slot, id);
  nameTabs();
  select($(now ?? TABS[0][0]));
}

function group(slot) {
  const tiles = slot === "count" ? COUNTS.map((id, i) => ({ id: String(i + 1), label: say(id) })) : book[LISTS[slot]];
  if (!tiles.length || (slot === "style" && tiles.length < 2)) return null;
  const first = slot === "animal" || slot === "count" || slot === "style" ? [] : [{ id: "", label: say("any") }];
  const all = [...first, ...tiles].map((tile) => option(slot, tile));
  const set = make("fieldset", {}, make("legend", {}, say(slot)));
  if (slot === "animal" && tiles.length > MANY) set.append(finder(all));
  set.append(make("div", { class: "tiles" }, ...all));
  if (slot !== "animal") set.querySelector("input").checked = true;
  return set;
}

function option(slot, tile) {
  const label = nameOf(slot, tile);
  return make("label", { class: "tile" }, make("input", { type: "radio", name: slot, value: tile.id }), sign(slot, tile), make("span", {}, label));
}

const nameOf = (slot, tile) => tile.label ?? (slot === "style" && spoken() === "en" ? tile.id : tile[spoken()]); // its English is long

function sign(slot, tile) {
  if (!tile.id) return null;
  if (slot === "colour") return make("span", { class: "swatch", "data-id": tile.id, "aria-hidden": "true" });
  const group = LISTS[slot];
  if (drawn[group]?.includes(tile.id)) {
    const file = `/page/tiles/${group}/${tile.id.replaceAll(" ", "-")}.webp`;
    return make("img", { src: file, alt: "", width: 96, height: 96, loading: "lazy", decoding: "async" });
  }
  return tile.emoji ? make("span", { class: "sign", "aria-hidden": "true" }, tile.emoji) : null;
}

function finder(tiles) {
  const input = make("input", { type: "text", "aria-label": say("find"), placeholder: say("find"), autocomplete: "off" });
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const tile of tiles) show(tile, tile.textContent.toLowerCase().includes(wanted));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // searching is no wish yet
  });
  return input;
}

function select(tab) {
  for (const other of $("tabs").children) {
    const is = other === tab;
    other.setAttribute("aria-selected", is);
    other.tabIndex = is ? 0 : -1;
    show($(other.getAttribute("aria-controls")), is);
  }
}

function move(event) {
  const tabs = [...$("tabs").children];
  const at = tabs.indexOf(event.currentTarget);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = tabs[(to + tabs.length) % tabs.length];
  select(next);
  next.focus();
}

/** Each tab says what was chosen behind it. */
function nameTabs() {
  const now = chosen();
  for (const [key, slots] of TABS) {
    if (!$(key)) continue;
    const names = slots.filter((slot) => now[slot] && slot !== "count" && slot !== "style").map((slot) => nameIn(slot, now[slot]));
    $(key).replaceChildren(say(key), make("small", {}, names.join(spoken() === "zh" ? "、" : ", ") || "\u00a0"));
  }
}

function nameIn(slot, id) {
  const tile = book[LISTS[slot]].find((one) => one.id === id);
  return tile ? nameOf(slot, tile) : id;
}

/** Slot -> id, of what is chosen; "" is left out. */
export function chosen() {
  const found = {};
  for (const input of document.querySelectorAll("#panels input:checked")) if (input.value) found[input.name] = input.value;
  return found;
}

export function choose(slot, id) {
  const input = document.querySelector(`#panels input[name="${slot}"][value="${CSS.escape(id)}"]`);
  if (input) input.checked = true;
  else for (const one of document.querySelectorAll(`#panels input[name="${slot}"]`)) one.checked = one.value === "";
}

/** Body of /v1/wish for the tiles; null where no animal is chosen yet. */
export function wish() {
  const now = chosen();
  return now.animal ? { language: spoken(), ...now, count: Number(now.count ?? 1) } : null;
}

const any = (list) => list[Math.floor(Math.random() * list.length)];

/** Choose for the child: an animal, and one or two things beside. */
export function surprise() {
  for (const slot of Object.keys(LISTS)) if (slot !== "style") choose(slot, "");
  choose("count", "1");
  choose("animal", any(book.animals).id);
  const slots = ["colour", "action", "accessory", "place"].filter((slot) => book[LISTS[slot]].length);
  const first = any(slots);
  for (const slot of new Set([first, any(slots)])) choose(slot, any(book[LISTS[slot]]).id);
  nameTabs();
}
