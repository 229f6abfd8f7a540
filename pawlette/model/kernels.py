"""Our own kernels, in Triton: what the compiler makes of several passes over memory, in one. Knows no module.

One program a token in all of them, so that what a row needs (the heads' norms, the largest value of a row that is
rounded to 8-bit floats) is at hand. All that is computed is computed in float32 and rounded where the plain twin
rounds; fused.py says what each gives and calls it.

Counts of tokens, and what a text's length decides, are `do_not_specialize`: Triton would else build a kernel anew for
lengths that 16 divides and for those it does not, in the midst of somebody's picture, and no load is the wider for it.
"""

import triton
import triton.language as tl

from pawlette.model import fp8

LARGEST: tl.constexpr = tl.constexpr(fp8.LARGEST)
LEAST: tl.constexpr = tl.constexpr(fp8.LEAST)


@triton.jit
def tile(first, HEADS: tl.constexpr, DIM: tl.constexpr, ROWS: tl.constexpr):
    """Where some of a token's heads lie, from the `first` on; and which of the rows are heads."""
    head = first + tl.arange(0, ROWS)[:, None]
    return head * DIM + tl.arange(0, DIM)[None, :], head < HEADS


@triton.jit
def turned(row, at, inside, gain, own, partners, eps, DIM: tl.constexpr, ROWS: tl.constexpr):
    """Some of a token's heads, each normed and multiplied by the gain, and each pair of channels turned by its angle.

    `own` holds a pair's cosine twice, `partners` its sine, first with the other sign: denoiser_blocks.py's `rotation`.
    """
    x = tl.load(row + at, mask=inside, other=0.0).to(tl.float32)
    unit = tl.rsqrt(tl.sum(x * x, axis=1) / DIM + eps)[:, None]
    half: tl.constexpr = gain.dtype.element_ty
    x = (x * unit).to(half).to(tl.float32) * tl.load(gain + tl.arange(0, DIM)).to(tl.float32)[None, :]
    pair = 2 * tl.arange(0, DIM // 2)[None, :]
    cos, sin = tl.load(own + pair), tl.load(partners + pair + 1)
    even, odd = tl.split(tl.reshape(x.to(half).to(tl.float32), [ROWS, DIM // 2, 2]))
    return tl.reshape(tl.join(even * cos - odd * sin, odd * cos + even * sin), [ROWS, DIM])


@triton.jit
def store_last(
    k, v, at, inside, which, last, gain, own, partners, eps, DIM: tl.constexpr, ROWS: tl.constexpr
):
    """For padding, a copy of the last key (`which` 1), or no value (2): attention.py says why."""
    if which == 1:
        key = turned(last, at, inside, gain, own, partners, eps, DIM, ROWS)
        tl.store(k + at, key.to(k.dtype.element_ty), mask=inside)
    else:
        tl.store(v + at, tl.zeros([ROWS, DIM], dtype=v.dtype.element_ty), mask=inside)


@triton.jit(do_not_specialize=["tokens", "q_first", "k_first", "visible_batch"])
def head_rows(
    source, source_batch, source_token, tokens,
    gain_q, gain_k, own, partners, turn_batch, turn_token,
    q, k, v, q_batch, k_batch, q_first, k_first,
    visible, visible_batch, last, last_batch, last_gain, last_own, last_partners,
    eps, MASKED: tl.constexpr, HEADS: tl.constexpr, DIM: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """Query, key or value of one token, which lie side by side in `source`, to its place in q, k or v."""
    batch, token = (tl.program_id(0) // tokens).to(tl.int64), tl.program_id(0) % tokens
    which = tl.program_id(1) % 3
    width: tl.constexpr = HEADS * DIM
    at, inside = tile(tl.program_id(1) // 3 * ROWS, HEADS, DIM, ROWS)
    row = source + batch * source_batch + token * source_token + which * width
    turn = batch * turn_batch + token * turn_token
    to_k, to_v = (
        k + batch * k_batch + (k_first + token) * width,
        v + batch * k_batch + (k_first + token) * width,
    )
    if which == 0:
        to_q = q + batch * q_batch + (q_first + token) * width
        asked = turned(row, at, inside, gain_q, own + turn, partners + turn, eps, DIM, ROWS)
        tl.store(to_q + at, asked.to(q.dtype.element_ty), mask=inside)
    else:
        shown = True
        if MASKED:
            shown = tl.load(visible + batch * visible_batch + token) != 0
        if shown:
            if which == 1:
                key = turned(row, at, inside, gain_k, own + turn, partners + turn, eps, DIM, ROWS)
                tl.store(to_k + at, key.to(k.dtype.element_ty), mask=inside)
            else:
                tl.store(to_v + at, tl.load(row + at, mask=inside, other=0.0), mask=inside)
        else:
            end = batch * turn_batch
            store_last(to_k, to_v, at, inside, which, last + batch * last_batch + width, last_gain, last_own + end,
                       last_partners + end, eps, DIM, ROWS)  # fmt: skip


@triton.jit(do_not_specialize=["tokens", "visible_batch"])
def prefix_rows(
    prefix, prefix_batch, prefix_which, prefix_head, prefix_token, tokens, k, v, k_batch,
    visible, visible_batch, last, last_batch, last_gain, last_own, last_partners, turn_batch,
    eps, MASKED: tl.constexpr, HEADS: tl.constexpr, DIM: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """Key or value of one token of a text that was read before, to its place in front of the image's."""
    batch, token = (tl.program_id(0) // tokens).to(tl.int64), tl.program_id(0) % tokens
    which = 1 + tl.program_id(1) % 2
    width: tl.constexpr = HEADS * DIM
    first = tl.program_id(1) // 2 * ROWS
    at, inside = tile(first, HEADS, DIM, ROWS)
    to_k, to_v = k + batch * k_batch + token * width, v + batch * k_batch + token * width
    shown = True
    if MASKED:
        shown = tl.load(visible + batch * visible_batch + token) != 0
    if shown:
        row = prefix + batch * prefix_batch + (which - 1) * prefix_which + token * prefix_token
        head, channel = first + tl.arange(0, ROWS)[:, None], tl.arange(0, DIM)[None, :]
        read = tl.load(row + head * prefix_head + channel, mask=inside, other=0.0)
        if which == 1:
            tl.store(to_k + at, read, mask=inside)
        else:
            tl.store(to_v + at, read, mask=inside)
    else:
        end = batch * turn_batch
        store_last(to_k, to_v, at, inside, which, last + batch * last_batch + width, last_gain, last_own + end,
                   last_partners + end, eps, DIM, ROWS)  # fmt: skip


@triton.jit
def store_rounded(x, inside, row, scale, number):
    """A row as 8-bit floats and its scale: fp8.py's `quantised`. What is no number stays none."""
    stretch = tl.maximum(tl.max(tl.abs(x)), LEAST) / LARGEST
    # A card's own maximum would make -448 of a NaN, and a broken picture would pass for a whole one.
    x = tl.maximum(x / stretch, -LARGEST, propagate_nan=tl.PropagateNan.ALL)
    x = tl.minimum(x, LARGEST, propagate_nan=tl.PropagateNan.ALL)
    tl.store(row, x.to(row.dtype.element_ty), mask=inside)
    tl.store(scale + number, stretch)


@triton.jit(do_not_specialize=["tokens"])
def normed_rows(
    x, added, gate, gate_batch, scale, shift, scale_batch, tokens, summed, out, out_scale, eps,
    HALF: tl.constexpr, ADDS: tl.constexpr, SHIFTS: tl.constexpr, ONE: tl.constexpr, ROUNDS: tl.constexpr,
    WIDTH: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """One token: x, or x + gate * added, which is stored; and its LayerNorm, scaled, shifted and perhaps rounded."""
    number = tl.program_id(0)
    batch, start = number // tokens, number.to(tl.int64) * WIDTH
    at = tl.arange(0, BLOCK)
    inside = at < WIDTH
    row = tl.load(x + start + at, mask=inside, other=0.0).to(tl.float32)
    if ADDS:
        times = tl.load(gate + batch * gate_batch + at, mask=inside, other=0.0).to(tl.float32)
        row += times * tl.load(added + start + at, mask=inside, other=0.0).to(tl.float32)
        row = row.to(summed.dtype.element_ty)
        tl.store(summed + start + at, row, mask=inside)
        row = row.to(tl.float32)
    centred = tl.where(inside, row - tl.sum(row) / WIDTH, 0.0)
    row = centred * tl.rsqrt(tl.sum(centred * centred) / WIDTH + eps)
    factor = tl.load(scale + batch * scale_batch + at, mask=inside, other=0.0).to(tl.float32)
    row = row * (factor + 1.0 if ONE else factor)
    if SHIFTS:
        row += tl.load(shift + batch * scale_batch + at, mask=inside, other=0.0).to(tl.float32)
    if ROUNDS:
        store_rounded(row.to(HALF).to(tl.float32), inside, out + start + at, out_scale, number)
    else:
        tl.store(out + start + at, row.to(out.dtype.element_ty), mask=inside)


@triton.jit
def swiglu_rows(x, out, out_scale, HALF: tl.constexpr, WIDTH: tl.constexpr, BLOCK: tl.constexpr):
    """silu of the first half of a row times the second, rounded to 8-bit floats."""
    number = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    inside = at < WIDTH
    row = x + number.to(tl.int64) * (2 * WIDTH) + at
    gate = tl.load(row, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(row + WIDTH, mask=inside, other=0.0).to(tl.float32)
    y = (gate / (1.0 + tl.exp(-gate))).to(HALF).to(tl.float32) * up
    store_rounded(
        y.to(HALF).to(tl.float32), inside, out + number.to(tl.int64) * WIDTH + at, out_scale, number
    )


@triton.jit(do_not_specialize=["sums_batch", "sums_head", "count", "first"])
def reckoned_rows(
    mixed, mixed_batch, mixed_head, mixed_token, sums, sums_batch, sums_head, q, q_batch, last, last_batch,
    padded, count, first, out, out_scale, temperature,
    HALF: tl.constexpr, ROUNDS: tl.constexpr, HEADS: tl.constexpr, DIM: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """What attention gave to one token, of `count` from `first` on, with the padding reckoned out of it."""
    number = tl.program_id(0)
    batch, token = (number // count).to(tl.int64), number % count + first
    width: tl.constexpr = HEADS * DIM
    at, inside = tile(0, HEADS, DIM, ROWS)
    head = tl.arange(0, ROWS)[:, None]
    asked = tl.load(q + batch * q_batch + token * width + at, mask=inside, other=0.0).to(tl.float32)
    key = tl.load(last + batch * last_batch + at, mask=inside, other=0.0).to(tl.float32)
    total = tl.load(sums + batch * sums_batch + head * sums_head + token, mask=inside, other=0.0)
    score = tl.sum(asked * key, axis=1)[:, None] * temperature
    share = 1.0 - tl.load(padded + batch).to(tl.float32) * tl.exp(score - total)
    row = mixed + batch * mixed_batch + head * mixed_head + token * mixed_token + tl.arange(0, DIM)[None, :]
    x = tl.load(row, mask=inside, other=0.0).to(tl.float32) / tl.where(inside, share, 1.0)
    place = out + number.to(tl.int64) * width + at
    if ROUNDS:
        store_rounded(x.to(HALF).to(tl.float32), inside, place, out_scale, number)
    else:
        tl.store(place, x.to(out.dtype.element_ty), mask=inside)
