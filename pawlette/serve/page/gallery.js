// Pictures that were drawn: all that are kept, or where nothing is kept those of the last hour.

import { get } from "./api.js";
import { $, make, show } from "./dom.js";
import { actions, altOf, textOf } from "./stage.js";
import { say, sorry } from "./words.js";

const PAGE = 24;
let next = null;
let history = false;

export function setUp() {
  $("more").addEventListener("click", () => load(next));
  $("viewer").addEventListener("click", (event) => {
    if (event.target === $("viewer")) $("viewer").close(); // beside the picture
  });
}

/** Show the newest pictures; `kept`: whether an adult turned history on. */
export function open(kept) {
  history = kept;
  $("gallery").replaceChildren();
  return load(null);
}

async function load(before) {
  const more = before === null ? "" : `&before=${before}`;
  const path = history ? `/v1/gallery?limit=${PAGE}` : `/v1/jobs?state=done&limit=${PAGE}`;
  try {
    const found = await get(path + more);
    next = found.next;
    $("gallery").append(...found.jobs.map(tile));
    show($("more"), next !== null);
    $("pictures-note").textContent = $("gallery").children.length ? (history ? "" : say("soonGone")) : say("none");
  } catch (problem) {
    $("pictures-note").textContent = sorry(problem);
  }
}

function tile(job) {
  const image = make("img", { src: job.picture, alt: altOf(job), width: job.width, height: job.height, loading: "lazy" });
  const button = make("button", { type: "button", onclick: () => view(job) }, image, textOf(job) || null);
  return make("li", {}, button);
}

function view(job) {
  const picture = $("viewer-picture");
  picture.src = job.picture;
  picture.alt = altOf(job);
  $("viewer-title").textContent = textOf(job) || say("picture");
  $("viewer-actions").replaceChildren(...actions(job, () => $("viewer").close()));
  $("viewer").showModal();
}
