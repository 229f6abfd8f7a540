// Small helpers over the DOM. Text goes in as text nodes alone.

export const $ = (id) => document.getElementById(id);

/** An element; `props` are attributes, and `on…` listeners; false and null leave one out. */
export function make(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const show = (element, whether = true) => {
  element.hidden = !whether;
};

/** A drawn picture as the browser prints it: alone on its sheet. */
export function print(address, alt) {
  const image = make("img", { src: address, alt });
  $("print-sheet").replaceChildren(image);
  const done = () => {
    document.body.classList.remove("one-picture");
    $("print-sheet").replaceChildren();
  };
  window.addEventListener("afterprint", done, { once: true });
  document.body.classList.add("one-picture");
  image.decode().then(() => window.print(), done);
}
