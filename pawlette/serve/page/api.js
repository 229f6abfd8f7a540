// The server's API. Every failure is a Problem with a code that the page has words for.

export class Problem extends Error {
  constructor(status, error, wait = 0) {
    super(error.message);
    Object.assign(this, { status, code: error.code, error, wait });
  }
}

const OFFLINE = { code: "offline", message: "" };

export async function call(method, path, body, headers = {}) {
  const more = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = method === "GET" || method === "DELETE" ? {} : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(path, { method, headers: { ...type, ...headers }, ...more });
  } catch {
    throw new Problem(0, OFFLINE);
  }
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => ({ error: OFFLINE }));
  if (answer.ok) return content;
  throw new Problem(answer.status, content.error ?? OFFLINE, Number(answer.headers.get("Retry-After")));
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}, headers = {}) => call("POST", path, body, headers);

/** Ask for pictures; where the answer is lost, once more under the same key, so that none is drawn twice. */
export async function order(body) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const headers = { "Idempotency-Key": key };
  try {
    return await post("/v1/jobs", body, headers);
  } catch (problem) {
    if (problem.status !== 0) throw problem;
    return post("/v1/jobs", body, headers);
  }
}

const KINDS = ["queued", "running", "step", "preview", "moved", "done", "failed", "cancelled", "expired"];
const FINAL = new Set(["done", "failed", "cancelled", "expired"]);
const AGAIN = 2000; // milliseconds until a stream that was refused is asked for once more

/** Follow a job to its end: `heard(kind, data)`. Returns what stops it. The browser reconnects by itself. */
export function follow(job, heard) {
  let source;
  let timer;
  let over = false;
  const stop = () => {
    over = true;
    clearTimeout(timer);
    source?.close();
  };
  const lost = async () => {
    if (over || source.readyState !== EventSource.CLOSED) return;
    try {
      const now = await get(`/v1/jobs/${job}`);
      if (FINAL.has(now.state)) {
        stop();
        heard(now.state, now);
        return;
      }
    } catch (problem) {
      if (problem.status === 404) {
        stop();
        heard("cancelled", {});
        return;
      }
    }
    if (!over) timer = setTimeout(open, AGAIN);
  };
  const open = () => {
    source = new EventSource(`/v1/jobs/${job}/events`);
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        if (over) return;
        if (FINAL.has(kind)) stop();
        heard(kind, JSON.parse(event.data));
      });
    }
    source.addEventListener("error", lost);
  };
  open();
  return stop;
}
