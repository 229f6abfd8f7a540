"""The style terms: each falls for what it is to bring about, and none for what it is to leave alone."""

import pytest
import torch

from pawlette.train.autoencoder import Features
from pawlette.train.style_losses import (
    cartoonisation,
    colour_quantisation,
    edge_aware_smoothness,
    palette,
    saturation,
    saturation_lack,
)


def halves(left=(-0.8, -0.8, -0.8), right=(0.8, 0.8, 0.8), size=32):
    """Two flat areas with an edge between them: (1, 3, size, size)."""
    picture = torch.tensor(left).view(1, 3, 1, 1).expand(1, 3, size, size).clone()
    picture[..., size // 2 :] = torch.tensor(right).view(1, 3, 1, 1)
    return picture


def grainy(picture, amount=0.2):
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))
    return (picture + amount * noise).clamp(-1, 1)


def test_the_features_are_loaded_in_silence_and_without_a_pickle(capsys, monkeypatch):
    loaded = []
    plain = torch.load
    monkeypatch.setattr(torch, "load", lambda *given, **how: loaded.append(how) or plain(*given, **how))
    Features()
    assert capsys.readouterr().out == ""  # a command prints what its reader asked for
    assert [how["weights_only"] for how in loaded] == [True]


def test_smoothness_spares_the_reference_edges():
    edged = halves()
    inside = edge_aware_smoothness(edged, edged)
    elsewhere = edge_aware_smoothness(edged.transpose(2, 3), edged)
    assert elsewhere > 1e5 * inside  # the same edge where the reference has none
    assert edge_aware_smoothness(grainy(edged), edged) > 10 * inside
    assert edge_aware_smoothness(torch.zeros_like(edged), edged) == 0


def test_smoothness_by_hand():
    drawn = torch.zeros(1, 3, 2, 2)
    drawn[..., 1] = 0.5  # one step to the right in both rows, none downwards
    reference = torch.zeros(1, 3, 2, 2)
    reference[..., 1] = 0.1
    got = edge_aware_smoothness(drawn, reference)
    torch.testing.assert_close(got, 0.5 * torch.exp(torch.tensor(-10.0 * 0.1)))


def test_the_palette_finds_the_colours():
    red, blue = (0.9, -0.7, -0.7), (-0.8, -0.6, 0.7)
    found = palette(halves(red, blue), colours=2)[0]
    wanted = torch.tensor([red, blue])
    torch.testing.assert_close(found[found[:, 0].argsort(descending=True)], wanted)
    assert palette(grainy(halves())).shape == (1, 8, 3)
    assert torch.equal(palette(grainy(halves())), palette(grainy(halves())))


def test_quantisation_pulls_pixels_to_their_nearest_colour():
    centres = palette(halves(), colours=2)
    assert colour_quantisation(halves(), centres) < 1e-6
    pixels = (halves() * 0.7).requires_grad_()  # dull: between the two colours
    loss = colour_quantisation(pixels, centres)
    loss.backward()
    assert colour_quantisation(pixels.detach() - 10 * pixels.grad, centres) < loss
    assert (pixels.grad[..., :16] > 0).all()  # descending makes the dark half darker
    assert (pixels.grad[..., 16:] < 0).all()


def test_saturation_of_known_colours():
    grey, red, pink = (
        torch.tensor(c).view(1, 3, 1, 1) for c in ([0.0] * 3, [1.0, -1.0, -1.0], [1.0, 0.0, 0.0])
    )
    assert saturation(grey) == 0
    torch.testing.assert_close(saturation(red), torch.tensor([1 / 1.05]))
    torch.testing.assert_close(saturation(pink), torch.tensor([0.5 / 1.05]))


def test_saturation_is_pulled_up_and_never_down():
    dull, vivid = halves((0.1, 0.0, 0.0)), halves((0.9, -0.9, -0.9))
    assert saturation_lack(dull, vivid) > 0
    assert saturation_lack(vivid, dull) == 0
    assert saturation_lack(vivid, dull, target=0.9) > 0
    start = dull.clone().requires_grad_()
    saturation_lack(start, vivid).backward()
    assert saturation(start.detach() - 10 * start.grad) > saturation(dull)


def test_cartoonisation_prefers_the_reference_to_grain_and_to_a_blank():
    features, reference = Features(), halves((-0.5, 0.2, 0.6), (0.9, 0.7, -0.2), size=64)
    same = cartoonisation(reference, reference, features)
    assert same.perceptual == pytest.approx(0.0, abs=1e-6)
    grain = cartoonisation(grainy(reference), reference, features)
    blank = cartoonisation(torch.zeros_like(reference), reference, features)
    for worse in (grain, blank):
        assert worse.total() > same.total() + 0.01
    assert blank.smoothness <= same.smoothness  # a blank is smooth: the other two parts speak against it
    assert blank.quantisation > same.quantisation
