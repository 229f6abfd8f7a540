// The queue as an adult sees it: what is drawn and what waits, with a hand on it; and what was not drawn.

import { get, post } from "./api.js";
import { make } from "./dom.js";
import { say, sorry } from "./words.js";

const CALM = 300; // milliseconds between two looks, however much happens
const CHANGES = ["queued", "running", "moved", "done", "failed", "cancelled", "expired"];
const ENDED = "/v1/jobs?state=failed&state=cancelled&state=expired&limit=8";

/** A card that follows the queue until it is closed. */
export function queueCard() {
  const paused = make("p", {});
  const hold = make("button", { type: "button", class: "plain" }, say("pause"));
  const told = make("p", { role: "status" });
  const waiting = make("ol", { class: "queue" });
  const ended = make("ul", { class: "queue" });
  const element = make("section", { class: "card" }, make("h2", { tabindex: "-1" }, say("queue")), paused, hold, told, waiting,
    make("h2", {}, say("ended")), ended);
  let timer = 0;
  let isPaused = false;

  const tried = (act) => async () => {
    told.textContent = "";
    try {
      await act();
    } catch (problem) {
      told.textContent = sorry(problem);
    }
    refresh();
  };
  const button = (key, job, act, disabled = false) =>
    make("button", { type: "button", class: "plain", disabled, "data-act": `${key} ${job.id}`, "aria-label": `${say(key)}: ${job.text || say("wordless")}`,
      onclick: tried(act) }, say(key));

  hold.addEventListener("click", tried(() => post(`/v1/queue/${isPaused ? "resume" : "pause"}`)));

  function row(job, place, last) {
    const running = job.state === "running";
    const state = running ? say("stateRunning", job) : say("stateQueued", { n: place + 1 });
    const left = job.estimate === null ? "" : ` · ${say("seconds", { n: Math.ceil(job.estimate) })}`;
    return make("li", {}, what(job, state + left),
      running ? null : button("up", job, () => post(`/v1/jobs/${job.id}/move`, { to: place - 1 }), place === 0),
      running ? null : button("down", job, () => post(`/v1/jobs/${job.id}/move`, { to: place + 1 }), place === last),
      button("cancel", job, () => post(`/v1/jobs/${job.id}/cancel`)));
  }

  function rowOfEnded(job) {
    const states = { failed: "stateFailed", cancelled: "stateCancelled", expired: "stateExpired" };
    const state = [say(states[job.state]), job.state === "failed" ? job.message : ""].filter(Boolean).join(": ");
    return make("li", {}, what(job, state), job.text ? button("retry", job, () => post(`/v1/jobs/${job.id}/again`, { seed: "same" })) : null);
  }

  async function look() {
    timer = 0;
    try {
      const [now, bad] = await Promise.all([get("/v1/queue"), get(ENDED)]);
      const focused = document.activeElement?.dataset?.act; // the same button after the list was made anew
      isPaused = now.paused;
      paused.textContent = isPaused ? say("paused") : "";
      hold.textContent = say(isPaused ? "resume" : "pause");
      const running = now.jobs.filter((job) => job.state === "running").length;
      const last = now.jobs.length - running - 1;
      const rows = now.jobs.map((job, i) => row(job, i - running, last));
      waiting.replaceChildren(...(rows.length ? rows : [make("li", {}, say("queueEmpty"))]));
      ended.replaceChildren(...(bad.jobs.length ? bad.jobs.map(rowOfEnded) : [make("li", {}, say("endedEmpty"))]));
      if (focused) element.querySelector(`[data-act="${CSS.escape(focused)}"]`)?.focus();
    } catch (problem) {
      told.textContent = sorry(problem);
    }
  }

  function refresh() {
    timer ||= setTimeout(look, CALM);
  }

  const events = new EventSource("/v1/events");
  for (const kind of CHANGES) events.addEventListener(kind, refresh);
  look();
  return {
    element,
    refresh,
    close() {
      clearTimeout(timer);
      events.close();
    },
  };
}

const what = (job, state) =>
  make("span", { class: "what" }, job.text || say("wordless"), make("span", { class: "state" }, state));
