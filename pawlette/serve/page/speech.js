// Reads aloud, with the browser's own voices, where it has any.

import { spoken } from "./words.js";

const voices = window.speechSynthesis;
let on = true;

export const canSpeak = Boolean(voices);

export function setSound(whether) {
  on = whether;
  if (!on) voices?.cancel();
}

export function read(text) {
  if (!on || !voices || !text) return;
  voices.cancel();
  const words = new SpeechSynthesisUtterance(text);
  words.lang = spoken() === "zh" ? "zh-CN" : "en-GB";
  words.rate = 0.95;
  voices.speak(words);
}
