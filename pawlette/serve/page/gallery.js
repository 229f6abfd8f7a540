// Pictures that were drawn: all that are kept, or where nothing is kept those of the last hour.

import { call, get } from "./api.js";
import { $, make, show } from "./dom.js";
import { actions, altOf, textOf } from "./stage.js";
import { say, sorry } from "./words.js";

const PAGE = 24;
let next = null;
let settings;

export function setUp() {
  $("more").addEventListener("click", () => load(next));
  $("viewer").addEventListener("click", (event) => {
    if (event.target === $("viewer")) $("viewer").close(); // beside the picture
  });
}

/** Show the newest pictures; adults may delete single ones. */
export function open(now) {
  settings = now;
  $("gallery").replaceChildren();
  return load(null);
}

async function load(before) {
  const more = before === null ? "" : `&before=${before}`;
  const path = settings.history ? `/v1/gallery?limit=${PAGE}` : `/v1/jobs?state=done&limit=${PAGE}`;
  try {
    const found = await get(path + more);
    next = found.next;
    $("gallery").append(...found.jobs.map(tile));
    show($("more"), next !== null);
    $("pictures-note").textContent = $("gallery").children.length ? (settings.history ? "" : say("soonGone")) : say("none");
  } catch (problem) {
    $("pictures-note").textContent = sorry(problem);
  }
}

function tile(job) {
  const image = make("img", { src: job.picture, alt: altOf(job), width: job.width, height: job.height, loading: "lazy" });
  const button = make("button", { type: "button", onclick: () => view(job, row) }, image, textOf(job) || null);
  const row = make("li", {}, button);
  return row;
}

function view(job, row) {
  const picture = $("viewer-picture");
  picture.src = job.picture;
  picture.alt = altOf(job);
  $("viewer-title").textContent = textOf(job) || say("picture");
  $("viewer-actions").replaceChildren(...actions(job, () => $("viewer").close()));
  if (settings.adult) $("viewer-actions").append(make("button", { type: "button", class: "plain danger", onclick: () => remove(job, row) }, say("delete")));
  $("viewer").showModal();
}

async function remove(job, row) {
  $("viewer").close();
  try {
    await call("DELETE", `/v1/jobs/${job.id}`);
    row.remove();
  } catch (problem) {
    $("pictures-note").textContent = sorry(problem);
  }
}
