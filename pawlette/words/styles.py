"""The styles: a word on what each is, and the text that it gives a model. Knows no scenes."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT = "storybook"
NEVER = "scary, blood, weapon, injury, text, watermark, extra limbs, deformed"


@dataclass(frozen=True, slots=True)
class Style:
    """A template holds {number} and {animal} ("two", "pink cats") or {whole} ("two pink cats"), {background},
    and where it suits {cover} (", soft fur" where the animal has fur)."""

    name: str
    english: str  # a word on what it is
    chinese: str
    template: str
    background: str  # what stands behind the animal where the scene names no place
    negative: str
    transparent: bool = False


def _style(name: str, english: str, chinese: str, template: str, background: str, negative: str,
           transparent: bool = False) -> Style:  # fmt: skip
    return Style(name, english, chinese, template, background, f"{negative}, {NEVER}", transparent)


STYLES: dict[str, Style] = {
    style.name: style
    for style in (
        _style(
            "storybook", "a warm picture from a children's book", "温暖的绘本插画",
            "{number} cute cartoon {animal}, big eyes{cover}, {background}, children's book style",
            "pastel background", "photo, realistic, dark",
        ),
        _style(
            "watercolour", "soft paint on wet paper", "柔和的水彩画",
            "a cute watercolour painting of {whole}, gentle eyes{cover}, {background}, soft wet paint",
            "pale wash background", "photo, hard outlines, dark",
        ),
        _style(
            "crayon", "drawn by hand with wax crayons", "手绘的蜡笔画",
            "a cheerful crayon drawing of {whole}, thick waxy strokes, {background}, child-like style",
            "white paper background", "photo, realistic, dark",
        ),
        _style(
            "plush toy", "a stuffed toy that wants a hug", "想要抱抱的毛绒玩具",
            "a cute plush toy of {whole}, stitched seams, button eyes, soft felt, {background}, studio light",
            "plain pastel background", "real animal, drawing, dark",
        ),
        _style(
            "paper cut", "layers of cut coloured paper", "层层叠叠的剪纸",
            "a paper cut picture of {whole}, layered coloured paper, clean edges, {background}, soft shadows",
            "pastel paper background", "photo, realistic, dark",
        ),
        _style(
            "sticker", "one animal on nothing, with a white edge", "透明底的贴纸",
            "a cute cartoon sticker of {whole}, big eyes{cover}, clean outline, white border, {background}",
            "transparent background", "scenery, photo, dark", transparent=True,
        ),
    )
}  # fmt: skip
"""Style name -> Style; the order is the one to show them in."""
