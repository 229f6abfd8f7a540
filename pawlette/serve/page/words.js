// What the page says, in English and Chinese. Words about a wish come from the server, in the wish's language.

export const TEXT = {
  en: {
    skip: "To the page", nav: "Parts of the page", navDraw: "Draw", navPictures: "Pictures", navGrownUps: "Grown-ups",
    sound: "Read aloud", drawTitle: "What shall I draw?", tabs: "What to choose", empty: "Choose an animal, then press Draw.",
    progress: "How far the picture is", go: "Draw!", surprise: "Surprise me", stop: "Stop", ownLabel: "Or write your wish",
    ownGo: "Draw this", picturesTitle: "Pictures", more: "More", grownTitle: "For grown-ups", close: "Close",
    tabAnimal: "Animal", tabLooks: "Looks", tabAction: "Doing", tabWears: "Wearing", tabPlace: "Where", tabSky: "Sky",
    animal: "Which animal?", count: "How many?", colour: "Which colour?", look: "What is it like?", action: "What does it do?",
    mood: "How does it feel?", accessory: "What does it wear?", place: "Where is it?", weather: "How is the weather?",
    season: "Which season?", time: "What time is it?", style: "What kind of picture?", any: "any", find: "Find an animal",
    one: "one", two: "two", three: "three",
    waiting: "Your picture waits in the line.", place1: "Your picture is next.", placeN: "{n} pictures come first.",
    drawing: "I am drawing…", done: "Here is your picture!", stopped: "Stopped. Let us draw something else!",
    failed: "That picture did not work. Try once more!", expired: "It took too long. Try once more!",
    instead: "Draw: {text}", pictureOf: "Picture: {text}", picture: "A picture that Pawlette drew",
    again: "Another one", download: "Keep it", print: "Print",
    soonGone: "These pictures go after an hour. A grown-up can keep them for longer.", none: "No pictures yet. Draw one!",
    madeBy: "Drawn by a computer (AI) with {model}. Every picture says so.",
    keyTitle: "This Pawlette needs a key", keyLabel: "Key", keyGo: "Open", pinLabel: "PIN", pinGo: "Open",
    pinHelp: "Pawlette told it when it was started for the first time.",
    queue: "The line of pictures", queueEmpty: "Nobody waits.", pause: "Pause", resume: "Go on", paused: "Paused: no new picture is begun.",
    up: "Earlier", down: "Later", cancel: "Cancel", retry: "Draw again", delete: "Delete",
    ended: "Not drawn", endedEmpty: "Everything was drawn.", wordless: "(words not kept)",
    stateQueued: "waits, number {n}", stateRunning: "being drawn, step {step} of {steps}", seconds: "about {n} s",
    stateFailed: "failed", stateCancelled: "cancelled", stateExpired: "waited too long",
    keeping: "Keeping", history: "Keep pictures and their words", days: "For so many days", save: "Save", saved: "Saved.",
    historyHelp: "Off: words go when a picture is done, the picture an hour later.",
    deleteAll: "Delete everything", deleteSure: "Really delete all pictures and words?", yesDelete: "Yes, delete everything",
    keep: "No, keep them", deleted: "Deleted: {jobs} jobs and {pictures} pictures.",
    newPin: "A new PIN (4 to 12 digits)", changePin: "Change the PIN", pinChanged: "The PIN is changed.",
    drawingTitle: "How it is drawn", size: "Size", steps: "Steps", seed: "Seed", anySeed: "a new one each time",
    saturation: "Stronger colours (0 to 1)", cartoon: "Drawn look (0 to 1)", modelsOwn: "the model's own",
    drawingHelp: "Holds on this page until you leave this corner.",
    labelsTitle: "Labels", visibleMark: "Visible mark “AI生成”", markOn: "on every picture", markOff: "switched off by the operator",
    fileMarks: "In each file", fileMarksAre: "AIGC record (GB 45438-2025), IPTC digital source type (trainedAlgorithmicMedia), and how it was drawn",
    model: "Model", licence: "Licence", version: "Pawlette", mode: "Mode", kidMode: "kid mode: words pass the gate", studioMode: "studio mode: open text",
    leave: "Leave this corner",
    offline: "I cannot reach Pawlette. Is it switched on?", rate_limit_exceeded: "So many wishes! Wait {n} seconds, then try again.",
    queue_full: "The line is full. Wait {n} seconds, then try again.", draining: "Pawlette is going to sleep. Try again soon.",
    adult_needed: "A grown-up has to open this first.", wrong_pin: "That is not the PIN.", invalid_api_key: "This key is not known.",
    key_needed: "This Pawlette needs a key.", disk_full: "There is no room for more pictures. Please tell a grown-up.",
    store_unusable: "Pawlette cannot remember pictures now. Please tell a grown-up.", bad_model: "Pawlette cannot draw now. Please tell a grown-up.",
    words_gone: "The words of this picture were not kept.", unknown_job: "This picture is gone.", wrong_state: "It has ended already.",
    too_many_listeners: "Too many are watching. Try again soon.", other: "That did not work. Try once more!",
  },
  zh: {
    skip: "跳到页面", nav: "页面的各部分", navDraw: "画画", navPictures: "图画", navGrownUps: "大人",
    sound: "朗读", drawTitle: "我们画什么呢？", tabs: "可以选什么", empty: "选一种动物，再按“画！”",
    progress: "画到哪里了", go: "画！", surprise: "给我惊喜", stop: "停下", ownLabel: "或者写下你的愿望",
    ownGo: "画这个", picturesTitle: "图画", more: "更多", grownTitle: "大人专区", close: "关闭",
    tabAnimal: "动物", tabLooks: "样子", tabAction: "做什么", tabWears: "穿戴", tabPlace: "地方", tabSky: "天空",
    animal: "哪种动物？", count: "几只？", colour: "什么颜色？", look: "什么样子？", action: "它在做什么？",
    mood: "它的心情？", accessory: "它戴着什么？", place: "它在哪里？", weather: "什么天气？",
    season: "什么季节？", time: "什么时候？", style: "什么样的画？", any: "随便", find: "找动物",
    one: "一只", two: "两只", three: "三只",
    waiting: "你的画在排队。", place1: "下一张就是你的画。", placeN: "前面还有 {n} 张画。",
    drawing: "我正在画……", done: "你的画好了！", stopped: "停下了。我们画别的吧！",
    failed: "这张没画成，再试一次吧！", expired: "等得太久了，再试一次吧！",
    instead: "画：{text}", pictureOf: "图画：{text}", picture: "Pawlette 画的图画",
    again: "再画一张", download: "保存", print: "打印",
    soonGone: "这些画一小时后就会删除。大人可以让它们多留些时候。", none: "还没有图画，来画一张吧！",
    madeBy: "由电脑（人工智能）{model} 生成，每张图画里都有说明。",
    keyTitle: "这里需要密钥", keyLabel: "密钥", keyGo: "打开", pinLabel: "PIN 码", pinGo: "打开",
    pinHelp: "第一次启动 Pawlette 时显示过。",
    queue: "排队的图画", queueEmpty: "没有人在等。", pause: "暂停", resume: "继续", paused: "已暂停：不会开始新的图画。",
    up: "提前", down: "推后", cancel: "取消", retry: "重画", delete: "删除",
    ended: "没画成的", endedEmpty: "全都画好了。", wordless: "（没有保留文字）",
    stateQueued: "等待中，第 {n} 个", stateRunning: "正在画：第 {step} 步，共 {steps} 步", seconds: "大约 {n} 秒",
    stateFailed: "失败", stateCancelled: "已取消", stateExpired: "等得太久",
    keeping: "保留", history: "保留图画和文字", days: "保留多少天", save: "保存", saved: "已保存。",
    historyHelp: "关闭时：画好后文字就删除，图画一小时后删除。",
    deleteAll: "全部删除", deleteSure: "真的要删除所有图画和文字吗？", yesDelete: "是的，全部删除",
    keep: "不，留着", deleted: "已删除：{jobs} 个任务，{pictures} 张图画。",
    newPin: "新的 PIN 码（4 到 12 位数字）", changePin: "更改 PIN 码", pinChanged: "PIN 码已更改。",
    drawingTitle: "怎样画", size: "尺寸", steps: "步数", seed: "种子", anySeed: "每次换新的",
    saturation: "更鲜艳（0 到 1）", cartoon: "手绘感（0 到 1）", modelsOwn: "模型默认",
    drawingHelp: "在离开大人专区之前，本页都按这样画。",
    labelsTitle: "标识", visibleMark: "可见标识“AI生成”", markOn: "每张图画上都有", markOff: "运营者已关闭",
    fileMarks: "文件里", fileMarksAre: "AIGC 标识（GB 45438-2025）、IPTC 数字来源类型（trainedAlgorithmicMedia），以及怎样画的",
    model: "模型", licence: "许可证", version: "Pawlette", mode: "模式", kidMode: "儿童模式：文字要经过检查", studioMode: "工作室模式：开放文字",
    leave: "离开大人专区",
    offline: "连不上 Pawlette，它开着吗？", rate_limit_exceeded: "愿望太多啦！等 {n} 秒再试。",
    queue_full: "排队的太多了，等 {n} 秒再试。", draining: "Pawlette 要休息了，请稍后再试。",
    adult_needed: "要请大人先打开。", wrong_pin: "PIN 码不对。", invalid_api_key: "没有这个密钥。",
    key_needed: "这里需要密钥。", disk_full: "放不下更多图画了，请告诉大人。",
    store_unusable: "Pawlette 现在记不住图画，请告诉大人。", bad_model: "Pawlette 现在画不了，请告诉大人。",
    words_gone: "这张画的文字没有保留。", unknown_job: "这张画已经不在了。", wrong_state: "它已经结束了。",
    too_many_listeners: "看的人太多了，请稍后再试。", other: "没有成功，再试一次吧！",
  },
};

let language = "en";

export const spoken = () => language;

export function say(key, values = {}) {
  return (TEXT[language][key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The sentence for a Problem of the API. */
export const sorry = (problem) => say(problem.code in TEXT.en ? problem.code : "other", { n: problem.wait || 5 });

/** Speak a language from now on: everything that is marked in the page. */
export function speakIn(chosen) {
  language = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-Hans" : "en";
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = say(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", say(element.dataset.tLabel));
}
