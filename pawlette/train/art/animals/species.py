"""The table of mammals: colours and parts. Knows no drawing."""

from __future__ import annotations

from pawlette.train.art.animals.kinds import Coat, Species

EVERY_HUE = (
    "white", "black", "grey", "brown", "orange", "yellow", "pink", "purple", "blue", "green", "red", "golden",
)  # fmt: skip
HOOF = "#6b5560"


def _mammal(*coats: Coat, recolours: tuple[str, ...] = EVERY_HUE, **parts: object) -> Species:
    return Species("mammal", coats, recolours, parts)


MAMMALS: dict[str, Species] = {
    "panda": _mammal(
        Coat("#fdfaf6", "#ffffff", "#443e4c", nose="#3a3340"), Coat("#f7f3f0", "#ffffff", "#4b4550",
            nose="#3a3340"),
        ears="round", ear_colour="dark", marks="panda", muzzle="patch", muzzle_size=0.8, nose_size=0.85,
        head="wide", around_eyes="dark", body_marks="yoke", dark_parts="limbs", tail="puff", eye=0.92,
        ear_size=1.05,
    ),
    "bunny": _mammal(
        Coat("#fbf3ee", "#ffffff", inner="#ffb8c8", nose="#f2839b"), Coat("#d9bfa3", "#fff6ea",
            inner="#ffc0c4", nose="#d97b86"),
        Coat("#c5c2cb", "#fbf9ff", inner="#ffb8c8", nose="#e28096"),
        ears="bunny", muzzle="small", marks="light", mouth_on="light", head="wide", tail="puff",
        tail_light=True, belly=True, teeth=True, head_w=0.93, bulk=0.92, leg=0.6, mouth_size=1.25,
    ),
    "elephant": _mammal(
        Coat("#acb4c6", "#d7deec", inner="#ffbccb"), Coat("#b5b9c9", "#dfe2ec",
            inner="#fbb9c6"), Coat("#a5b3c8", "#d3e2f2", inner="#ffc0cc"),
        ears="elephant", muzzle="trunk", tail="tuft", nails=True, bulk=1.24, head_w=0.82, head_h=1.1,
        eye_y=-0.12, blush=0.35, eye_gap=1.26, eye=0.9, leg=0.9, leg_w=1.5, foot=1.05, arm=1.2, above="tuft",
        belly=True, bare=True, sleep_lift=1.25,
    ),
    "cat": _mammal(
        Coat("#f7b267", "#fff3e2", "#d98a3d", nose="#ef8d92"), Coat("#b9b6bf", "#fbf8fb", "#8d8996",
            nose="#ef8d92"), Coat("#fbf5ee", "#ffffff", "#e0cdb8", nose="#f2929c"),
        Coat("#57525f", "#d9d4df", "#3b3742", nose="#e58a97", accent="#f7cf4f"), Coat("#ddb892", "#fff3e6",
            "#b98c63", nose="#ef8d92"), Coat("#f9bd78", "#fff5e6", "#cf8138", nose="#ef8d92"),
        Coat("#a6a9b5", "#fbfafc", "#71747f", nose="#ef8d92", accent="#a9d86a"),
        ears="cat", muzzle="pads", marks="tabby", head="cat", head_w=1.04, head_h=0.92, tail="cat",
        whiskers=True, nose_size=0.9, eye=1.06, eye_gap=1.08, body_marks="tabby", belly=True, iris=True,
        bulk=0.88, leg=0.86, leg_w=0.86,
    ),
    "dog": _mammal(
        Coat("#e3b27c", "#fff4e6", "#a8713f"), Coat("#fbf6f0", "#ffffff", "#a97a52"), Coat("#c98d58",
            "#fbead6", "#8b5a35"),
        Coat("#f3d9ae", "#fffaf0", "#c99a5e"),
        ears="floppy", ear_colour="dark", muzzle="patch", marks="patch", tail="dog", belly=True,
        muzzle_size=1.05,
    ),
    "bear": _mammal(
        Coat("#a9744b", "#efd7ba", "#7d5233", inner="#d9a783"), Coat("#8f6446", "#e6cdb1", "#6a472f",
            inner="#c79a7a"), Coat("#c08a58", "#f6e2c6", "#8d6039", inner="#e5b78f"),
        ears="round", muzzle="patch", tail="puff", belly=True, bulk=1.08, muzzle_size=1.08, leg_w=1.2,
        leg=0.86,
    ),
    "polar bear": _mammal(
        Coat("#fbfbfd", "#ffffff", "#c9d3de", inner="#d5dbe6", nose="#3f3b47"), Coat("#f3f6fa", "#ffffff",
            "#c9d3de", inner="#ccd6e4", nose="#3f3b47"),
        ears="round", ear_size=0.9, muzzle="patch", tail="puff", bulk=1.1, muzzle_size=1.08, leg_w=1.25,
        leg=0.9, recolours=("white",),
    ),
    "fox": _mammal(
        Coat("#f4873e", "#fffaf4", "#5a4048", inner="#fff1e4"), Coat("#ee7a35", "#fff6ee", "#4f3a42",
            inner="#fff1e4"),
        ears="pointed", ear_tip=True, ear_inner="light", ear_size=1.08, muzzle="small", marks="fox",
        mouth_on="light", head="pointed", tail="bushy", dark_parts="paws", belly=True, bulk=0.9, leg=0.9,
        leg_w=0.84, nose_size=1.05,
    ),
    "red panda": _mammal(
        Coat("#c8603a", "#fff6ec", "#6d3b33", nose="#4a3038", accent="#f0b27c"), Coat("#d46a3c", "#fff6ec",
            "#743f34", nose="#4a3038", accent="#f0b27c"),
        ears="red panda", muzzle="small", marks="red_panda", mouth_on="light", head="wide", tail="ringed",
        tail_mark="accent", dark_parts="limbs",
    ),
    "koala": _mammal(
        Coat("#adb3bf", "#f3f3f6", "#7f8592", inner="#f7dfe4", nose="#454150"), Coat("#b9b6c2", "#f6f4f8",
            "#8a8695", inner="#f9dce3", nose="#4b4553"),
        ears="koala", muzzle="koala", belly=True, head_w=0.95, eye_gap=1.12, eye=0.86, eye_y=0.04,
        ear_size=1.14, upright=True,
    ),
    "lion": _mammal(
        Coat("#f6c36b", "#fff1d6", "#b5743a", inner="#e8a35a", nose="#8a4b3a",
            accent="#b9692f"), Coat("#f2b85c", "#ffefd0", "#a5652f", inner="#e09a50", nose="#8a4b3a",
            accent="#c9792f"),
        ears="round", muzzle="patch", behind="mane", tail="tuft", tail_mark="accent", belly=True, head_w=0.84,
        head_h=0.86, hat_y=1.3, nose_size=1.1, muzzle_size=1.1, sleep_lift=1.3,
    ),
    "tiger": _mammal(
        Coat("#f79b42", "#fffaf2", "#51393b", inner="#ffd3b3", nose="#e5798a"), Coat("#f28d38", "#fff7ec",
            "#4a3438", inner="#ffd3b3", nose="#e5798a"),
        ears="round", muzzle="small", marks="tiger", mouth_on="light", head="wide", tail="cat",
        tail_mark="dark", body_marks="stripes", belly=True, nose_size=1.2,
    ),
    "leopard": _mammal(
        Coat("#f6c666", "#fff6e3", "#7a4f34", nose="#b8615f"), Coat("#f2bb5a", "#fff3dc", "#6d4632",
            nose="#b8615f"),
        ears="round", ear_size=0.9, muzzle="pads", muzzle_size=1.15, marks="spots", tail="cat",
        tail_mark="dark", body_marks="spots", whiskers=True, nose_size=1.2, belly=True, head="wide",
    ),
    "pig": _mammal(
        Coat("#ffb9c6", "#ffe2e8", "#e88fa3", inner="#ff9cb2"), Coat("#ffc6cb", "#ffe9ea", "#ea97a2",
            inner="#ffa6b4"),
        ears="pig", muzzle="snout", tail="curl", hooves="#c9798c", bare=True, bulk=1.12, head="wide",
        leg=0.62, eye=0.86, eye_gap=1.14, eye_y=-0.1, head_w=1.1, head_h=0.98, ear_size=0.88, blush=0.8,
    ),
    "mouse": _mammal(
        Coat("#b9bac6", "#f4f3f7", "#85858f", inner="#ffb6c2", nose="#f28b9b"), Coat("#f6f2f0", "#ffffff",
            "#c9c0bf", inner="#ffb0bf", nose="#f28b9b"), Coat("#c9a98b", "#fbf0e2", "#94755b",
            inner="#ffb9ba", nose="#ec8593"),
        ears="mouse", muzzle="small", head="pointed", tail="thin", belly=True, whiskers=True, head_w=0.8,
        head_h=0.88, bulk=0.82, nose_size=1.05, teeth=True, leg=0.5, leg_w=0.75,
    ),
    "hamster": _mammal(
        Coat("#f3b873", "#fffaf2", "#c98848", inner="#ffbcb0", nose="#ea8b8b"), Coat("#e3a765", "#fff8ee",
            "#b97c45", inner="#ffb8ae", nose="#ea8b8b"),
        ears="tiny", ear_size=1.3, muzzle="small", marks="hamster", mouth_on="light", head="pear", belly=True,
        head_h=0.94, bulk=1.12, leg=0.4, foot=0.8, teeth=True, leg_w=0.8,
    ),
    "squirrel": _mammal(
        Coat("#c97b45", "#fff0dc", "#94572f", inner="#f2b78f", nose="#6b4238"), Coat("#b56f43", "#fdebd3",
            "#85502f", inner="#e8ab85", nose="#5f3c34"),
        ears="tufted", muzzle="small", marks="light", mouth_on="light", tail="squirrel", belly=True,
        bulk=0.86, head_w=0.9, teeth=True, leg=0.55, leg_w=0.8,
    ),
    "monkey": _mammal(
        Coat("#94643f", "#f8d7b2", "#6b452c", nose="#8a5a48"), Coat("#a5714a", "#fbdcb9", "#77502f",
            nose="#8a5a48"),
        ears="monkey", muzzle="small", marks="monkey", mouth_on="light", around_eyes="light", tail="monkey",
        belly=True, nose_size=0.8, head_w=0.92, above="tuft", eye_gap=0.84,
    ),
    "cow": _mammal(
        Coat("#fdfbf8", "#ffffff", "#4c4550", inner="#ffb9c3"), Coat("#fdfbf8", "#ffffff", "#8d5f45",
            inner="#ffb9c3"),
        ears="side", ear_colour="dark", behind="cow_horns", muzzle="broad", muzzle_colour="inner",
        marks="patch", tail="tuft", body_marks="patches", hooves=HOOF, head_w=0.9, eye_y=-0.06, eye=0.92,
        recolour="light",
    ),
    "horse": _mammal(
        Coat("#b87c4f", "#fbefe0", "#6d4632", inner="#e8b795", accent="#5f3f35"), Coat("#8d5d43", "#f6e8d8",
            "#54382e", inner="#c99677", accent="#463139"),
            Coat("#d9a066", "#fff3e0", "#8b5d3a", inner="#f0c39a", accent="#fbe8c4"),
        ears="upright", behind="hair", above="forelock", muzzle="broad", muzzle_size=0.94, muzzle_y=0.82,
        marks="blaze", head="muzzled", front_neck=10, tail="hair", hooves="#54434b", head_w=0.84, head_h=1.18,
        eye_y=-0.12, eye_gap=0.96, neck=0.75, neck_w=1.15, leg=1.2, leg_w=0.86, bulk=0.92, eye=0.94,
    ),
    "unicorn": _mammal(
        Coat("#fdf8fd", "#ffe3ee", "#d9c6ea", inner="#ffc4dc", accent="#ff9fd0"), Coat("#fbf3ff", "#ffe3f0",
            "#d4c2ee", inner="#ffc4dc", accent="#c9a2f2"),
        ears="upright", behind="hair", above="forelock horn", hair="rainbow", muzzle="broad",
        muzzle_size=0.88, muzzle_y=0.8, head="muzzled", tail="hair", hooves="#e9b6dd", head_w=0.87,
        head_h=1.1, eye_y=-0.08, eye_gap=0.94, neck=0.7, neck_w=1.15, leg=1.15, leg_w=0.86, bulk=0.92,
    ),
    "zebra": _mammal(
        Coat("#fdfcfa", "#ffffff", "#46414e", inner="#e6dfe6"), Coat("#f8f6f3", "#ffffff", "#3e3a46",
            inner="#e6dfe6"),
        ears="upright", behind="mohawk", muzzle="broad", muzzle_colour="dark", muzzle_size=0.9, muzzle_y=0.82,
        marks="zebra", head="muzzled", front_neck=14, blush=0.5, tail="tuft", hooves="#46414e",
        body_marks="zebra", head_w=0.9, head_h=1.18, eye_y=-0.06, eye_gap=0.94, neck=0.7, neck_w=1.1,
        neck_mane="dark", leg=1.1, leg_w=0.84, bulk=0.92, eye=0.92, recolour="light",
    ),
    "giraffe": _mammal(
        Coat("#fbd277", "#fff3d2", "#b9753b", inner="#ffdcae"), Coat("#f7c968", "#ffefc8", "#a9672f",
            inner="#ffdcae"),
        ears="side", ear_size=0.9, above="ossicones", muzzle="broad", muzzle_size=0.92, muzzle_y=0.8,
        marks="giraffe", head="muzzled", tail="tuft", front_neck=74, hooves="#8d5f3c", body_marks="blots",
        head_w=0.78, head_h=0.98, eye_y=-0.06, eye_gap=0.96, neck=1.95, neck_w=0.95, neck_mane="dark",
        leg=1.45, leg_w=0.82, bulk=0.86, long=0.9, head_size=0.9, hat_y=1.05,
    ),
    "sheep": _mammal(
        Coat("#fdf9f2", "#f7d9c4", "#55474f", inner="#ffc9c4", nose="#c98a86"), Coat("#fbf7f4", "#6b5b63",
            "#5d4f57", inner="#a58a92", nose="#3d3038"),
        ears="side", ear_droop=98, ear_size=0.82, skin="light", behind="wool", above="wool_cap",
        muzzle="small", tail="puff", wool=True, bare=True, hooves="#5d4f57", head_w=0.86, head_h=0.94,
        bulk=1.1, leg=0.7, leg_w=0.8, eye_y=0.08, hat_y=1.0,
    ),
    "goat": _mammal(
        Coat("#f6efe4", "#ffffff", "#8d7561", inner="#f5c6bd", nose="#b98079"), Coat("#c9a681", "#fbeeda",
            "#7f6047", inner="#f0c0b0", nose="#8b5f50"),
        ears="side", ear_droop=100, ear_size=0.95, behind="goat_horns", above="beard tuft", muzzle="broad",
        muzzle_size=0.8, muzzle_y=0.72, tail="stub", hooves=HOOF, head="muzzled", head_h=1.04, head_w=0.84,
        bulk=0.95, leg=0.95, leg_w=0.82, eye_y=-0.04, belly=True,
    ),
    "deer": _mammal(
        Coat("#c98f5b", "#fff3e0", "#8a5b37", inner="#f5cfae", nose="#4a353a"), Coat("#b9804f", "#fdecd6",
            "#7d5132", inner="#eec4a2", nose="#4a353a"),
        ears="side", ear_droop=62, ear_size=1.1, behind="antlers", muzzle="patch", muzzle_size=0.9,
        marks="doe", head="pointed", tail="stub", hooves="#5a4038", body_marks="fawn", belly=True,
        head_w=0.84, head_h=1.0, neck=0.6, neck_w=0.85, leg=1.2, leg_w=0.72, bulk=0.85,
    ),
    "hippo": _mammal(
        Coat("#b3a5c4", "#ddd3e6", "#84759a", inner="#f2b6cb"), Coat("#a7a8bf", "#d8d8e6", "#7b7c96",
            inner="#f0b4c4"),
        ears="tiny", ear_size=1.05, muzzle="hippo", nails=True, bare=True, bulk=1.22, leg=0.6, leg_w=1.4,
        head_w=1.0, head_h=0.94, eye_y=-0.34, eye=0.88, arm=1.15, cheeks="none", tail="", eye_gap=0.9,
    ),
    "raccoon": _mammal(
        Coat("#a3a3ae", "#f8f7fa", "#4a4552", inner="#e8e2ea", nose="#3a3540"), Coat("#a8a09f", "#faf6f2",
            "#4d4446", inner="#e8e2ea", nose="#3a3540"),
        ears="round", ear_size=0.92, muzzle="small", marks="raccoon", mouth_on="light", around_eyes="dark",
        head="pointed", tail="ringed", tail_mark="dark", dark_parts="paws", belly=True, bulk=0.96,
        head_w=1.02,
    ),
    "wolf": _mammal(
        Coat("#98a0b0", "#fbfcff", "#5b6272", inner="#dfe3ec", nose="#3c3a48", accent="#e8b64e"),
        Coat("#a7a9b3", "#fbfbfd", "#636672", inner="#e3e4ea", nose="#3c3a48", accent="#86bce8"),
        ears="pointed", ear_size=0.98, muzzle="patch", muzzle_size=0.8, marks="wolf", head="ruffed",
        around_eyes="main", tail="bushy", belly=True, nose_size=0.95, leg_w=0.95, eye=0.92, iris=True,
    ),
    "sloth": _mammal(
        Coat("#ab8a6b", "#f8e8d0", "#6d4f3c", nose="#4d3a38"), Coat("#b59778", "#f9ebd6", "#75563f",
            nose="#4d3a38"),
        muzzle="small", marks="sloth", mouth_on="light", around_eyes="dark", head="wide", belly=True,
        arm=1.15, eye=0.82, nose_size=1.35, mouth_size=1.5, upright=True,
    ),
    "otter": _mammal(
        Coat("#9a6f50", "#f3dfc6", "#6d4c36", inner="#c99c7d", nose="#4a3438"), Coat("#87634a", "#eed8be",
            "#5f4432", inner="#b88d70", nose="#43303a"),
        ears="tiny", ears_at="sides", ear_size=0.9, muzzle="pads", muzzle_size=1.2, marks="otter",
        head="wide", head_h=0.88, head_w=0.98, tail="thick", eye_y=-0.06, eye=0.9, belly=True, bulk=0.88,
        whiskers=True, leg=0.5, nose_size=1.5,
    ),
    "hedgehog": _mammal(
        Coat("#f3d6b3", "#fff3e2", "#8a6450", inner="#f5b9a6", nose="#4a353c"), Coat("#edcca6", "#fff0da",
            "#7a5a4c", inner="#f0b39c", nose="#4a353c"),
        ears="tiny", ears_at="sides", ear_size=0.85, behind="spikes", recolour="dark", muzzle="small",
        head="pointed", head_w=0.82, head_h=0.82, bulk=0.96, spiky=True, nose_size=1.1, leg=0.35, belly=True,
    ),
    "kangaroo": _mammal(
        Coat("#cf9663", "#fbe8cf", "#8f6240", inner="#f2c5a6", nose="#4d383a"), Coat("#bd8557", "#f6e0c4",
            "#84583a", inner="#e8b897", nose="#4d383a"),
        ears="upright", ear_size=1.6, muzzle="patch", muzzle_size=1.05, tail="thick", belly=True,
        head="muzzled", pouch=True, head_w=0.78, head_h=0.88, foot=1.6, eye_y=-0.04, bulk=0.98, upright=True,
        legs=1.1,
    ),
    "dinosaur": _mammal(
        Coat("#86cf72", "#f2f7bf", "#5aa05c", accent="#ffb04d"), Coat("#66c2a3", "#eef7cf", "#4a9a80",
            accent="#ffd25a"), Coat("#7fb6ea", "#eef4dc", "#5b8fc4", accent="#ff9f6a"),
        muzzle="reptile", behind="ridge", tail="dragon", plates=True, belly=True, bare=True, head_w=0.94,
        bulk=1.02, neck=1.35, neck_w=1.15, leg=0.8, leg_w=1.2, arm=0.86, eye_gap=1.06, long=1.06, ridge=True,
        hat_y=0.95,
    ),
    "dragon": _mammal(
        Coat("#6cc66a", "#fbf3b4", "#4f9e57", accent="#ff9d5c"), Coat("#e85f5a", "#ffe3a8", "#b34448",
            accent="#ffb84d"), Coat("#a88be6", "#f3e3ff", "#7d64b8", accent="#ffcf5a"),
        muzzle="reptile", behind="dragon_horns", tail="dragon", tail_mark="point", plates=True, belly=True,
        bare=True, wings=True, head_w=0.94, leg=0.72, leg_w=1.1, eye_gap=1.04, ridge=True, hat_y=0.95,
    ),
}
