"""The table of birds and of what swims, crawls and flies: colours and parts. Knows no drawing."""

from __future__ import annotations

from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.species import EVERY_HUE


def _kind(plan: str, *coats: Coat, recolours: tuple[str, ...] = EVERY_HUE, **parts: object) -> Species:
    return Species(plan, coats, recolours, parts)


BIRDS: dict[str, Species] = {
    "parrot": _kind("bird",
        Coat("#ee4f4b", "#ffd9c9", accent="#ffc93c"), Coat("#55bd63", "#d9f5c4",
            accent="#ffd23f"), Coat("#3f9be8", "#ffe28a", accent="#ffc93c"),
        beak="hook", beak_colour="#4d4650", marks="macaw", around_eyes="white", crest="feathers",
        crest_colours="#ffc93c #4fb6ea #5cc46d", tail="long",
        wing_colour="accent", wing_tips="#4cbf6b #3d8fe0", feet="#8f8794", eye_gap=0.98, eye=0.86),
    "chick": _kind("bird", Coat("#ffd84d", "#fff0a8"), Coat("#ffe066", "#fff6c9"),
        beak="cone", marks="belly", crest="feathers", tail="none", bulk=1.18, tall=0.8, brow=0.86, waist=1.0,
        downy=True, wing=0.72, eye_y=0.68, eye=0.98, recolours=("yellow", "white", "brown", "black", "pink",
        "blue", "green", "purple", "orange", "grey")),
    "penguin": _kind("bird", Coat("#434b66", "#ffffff", accent="#ffbe45"),
        Coat("#3d4150", "#ffffff", accent="#ffb63a"), Coat("#55739c", "#ffffff", accent="#ffbe45"),
        beak="cone", marks="penguin", around_eyes="light", tail="none", bulk=1.06, brow=0.86, webbed=True,
        wing_colour="", beak_size=0.95, eye_y=0.69, legs=0.8, eye_gap=0.86),
    "owl": _kind("bird", Coat("#a97b54", "#f8e6c8"), Coat("#c19468", "#fbeed8"), Coat("#9b8f9c", "#f3eef2"),
        Coat("#f4efe8", "#fffdf8"),
        beak="small hook", marks="owl", around_eyes="light", crest="horns", tail="none", bulk=1.12, brow=0.9,
        sclera=0.42, eye=1.1, eye_gap=0.92, eye_y=0.72),
    "duck": _kind("bird", Coat("#ffdc55", "#fff2b0"), Coat("#fdfbf5", "#ffffff"), Coat("#ffe27a", "#fff6d6"),
        beak="flat", webbed=True, brow=0.74, waist=0.7, bulk=1.1, tall=0.96, eye_y=0.76, eye_gap=0.84,
        neck_y=0.54),
    "toucan": _kind("bird", Coat("#3f3c4c", "#fffdf4"), Coat("#47424c", "#fff7dd"),
        beak="huge", beak_colour="#ffa63b", marks="toucan", around_eyes="light", tail="short",
        feet="#6c93c9", eye_gap=0.9, eye=0.9),
    "rooster": _kind("bird", Coat("#fdf6ea", "#ffffff"), Coat("#c9693c", "#f6c27e"),
        Coat("#b5533a", "#f3b46d"),
        beak="cone", crest="comb", tail="plume", wing_colour="", brow=0.72, waist=0.78, bulk=1.06,
        eye_gap=0.84, feet="#f2a03d", beak_size=1.1),
}

SWIMMERS: dict[str, Species] = {
    "dolphin": _kind("swimmer", Coat("#5fa8e6", "#e3f3ff"), Coat("#57b0ea", "#e6f6ff"),
    Coat("#7fb4d9", "#eef7fd"),
        Coat("#7aa2cc", "#eff4f9"), body="dolphin"),
    "whale": _kind("swimmer", Coat("#4f93d8", "#e2f2ff"), Coat("#5b86c4", "#e6f0fb"),
        Coat("#69a7dd", "#edf7ff"), body="whale"),
    "shark": _kind("swimmer", Coat("#8d9cb3", "#f7fafd"), Coat("#7590b0", "#f3f8fd"), body="shark"),
    "fish": _kind("swimmer", Coat("#ff9440", "#ffe0b3", accent="#ffb84d"),
        Coat("#ffd24a", "#fff4c4", accent="#5aaef0"), Coat("#56b3ee", "#d9f2ff",
        accent="#ffd24a"), Coat("#ff7f8e", "#ffdfe0", accent="#ffb65c"), body="fish"),
}

OTHERS: dict[str, Species] = {
    "flamingo": _kind("flamingo", Coat("#ff9db4"), Coat("#ff8aa8"), Coat("#ffb0a8")),
    "frog": _kind("frog", Coat("#74c96a", "#eafbc8"), Coat("#8fd15c", "#f4fccf"), Coat("#5fbf86", "#e2f8d2")),
    "turtle": _kind("turtle", Coat("#9bd37c", accent="#6aa35a"), Coat("#a8d98a", accent="#a8794c"),
        Coat("#8acb9a", accent="#4f9a80")),
    "crocodile": _kind("crocodile", Coat("#6bb56a", "#eaf3b8"), Coat("#5aa877", "#e6f0b4"),
        Coat("#86b35a", "#f2f2bf")),
    "snake": _kind("snake", Coat("#82cf6e", "#f6f5bd", "#4f9e57"), Coat("#6cc490", "#f3f3c2", "#3c8f70"),
        Coat("#b5cf58", "#faf6c4", "#7d9e3c")),
    "octopus": _kind("octopus", Coat("#f58aa2", "#ffd3da"), Coat("#b58be0", "#e6d4f8"),
        Coat("#ff8c62", "#ffd9c4")),
    "jellyfish": _kind("jellyfish", Coat("#b9a2f0", "#e8dcff", accent="#ff9fcf"),
        Coat("#ffa8cf", "#ffdcec", accent="#b9a2f0"), Coat("#86c6f7", "#d9efff", accent="#b9a2f0")),
    "crab": _kind("crab", Coat("#f2603f", "#ffd0a8"), Coat("#ee5650", "#ffcbb8"), Coat("#ff8550", "#ffdcb8")),
    "seal": _kind("seal", Coat("#a3adbd", "#dfe5ee", nose="#4a4450"),
        Coat("#8f98aa", "#d5dce6", nose="#4a4450"), Coat("#f2f4f8", "#ffffff", nose="#4a4450")),
    "bee": _kind("bee", Coat("#ffd046"), Coat("#ffc63a"), recolours=("yellow", "golden", "orange", "pink",
        "blue", "green", "purple", "white", "red")),
    "ladybug": _kind("ladybug", Coat("#ee4a45"), Coat("#f2553c"),
        recolours=("red", "orange", "yellow", "pink", "blue", "green", "purple", "golden")),
    "butterfly": _kind("butterfly", Coat("#ff9a3d", "#ffe1b8", "#6a4a4a", accent="#ffc04d"),
        Coat("#62b0f2", "#ffe6cf", "#50507a", accent="#8fd0ff"), Coat("#c58bea", "#ffe6dc", "#64507a",
        accent="#ffa6d2"), Coat("#ff8fb8", "#ffe9dc", "#744a62", accent="#ffc7dc")),
    "caterpillar": _kind("caterpillar", Coat("#86d05e", accent="#ff9f4a"), Coat("#a2d64f", accent="#f58aa2"),
        Coat("#6ccf8e", accent="#ffcf4a")),
    "snail": _kind("snail", Coat("#c98a58", "#ffe3b3"), Coat("#e88f9f", "#ffe9c4"),
        Coat("#a98bd6", "#f5e3c4"), Coat("#9a6a48", "#f4d9ac")),
}
