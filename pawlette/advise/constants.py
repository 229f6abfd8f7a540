"""The figures that no architecture tells: what a GPU's libraries take, and what share of its rates is reached.

Each says where it comes from. `runs/memory_check.py` measures those of memory, `pawlette bench ladder` those of time.
"""

GIB = 2**30

# -- memory --------------------------------------------------------------------------------------------------------
CONTEXT = round(0.7 * GIB)
"""What the process takes of a card beside PyTorch's memory: CUDA's context, kernels and libraries as they are loaded.
At most 0.684 GiB on an H200 (driver 580, PyTorch 2.11). Other cards were not measured and are taken to need no more."""
SLACK = 0.33
"""How much more than its tensors PyTorch's allocator reserves where memory is short, of what is not weights. On an
H200 a decode of 2.1 made do with 0.327 of its work, the least that was seen, and found no room with 0.005. Where there
is room it keeps more (median 0.97, most 1.51) and gives it back before it fails: those do not decide what fits."""
BLAS_WORKSPACE = {9: 32 * 2**20, 10: 32 * 2**20}
BLAS_WORKSPACE_ELSEWHERE = 8320 * 2**10
"""What the first matrix product of a lane keeps, by major compute capability: PyTorch's own defaults, as documented
for CUBLAS_WORKSPACE_CONFIG (32 MiB on Hopper and its successors, :4096:2:16:8 before)."""
CONVOLUTION_COPIES = 0.0
"""How often cuDNN holds a convolution's input and output once more. Assumed; not yet measured. Even at 1 no decoder's
peak would change: a norm in float32 needs more."""
APPLE_SHARE = 0.7
"""Of a Mac's memory, what its GPU may use: the rest is the system's. Assumed."""
HOST_SHARE = 0.7
"""Of a computer's memory, what drawing on its CPU may use. Assumed."""

# -- time ----------------------------------------------------------------------------------------------------------
MATMUL_SHARE = 0.75
"""Of a card's dense rate, in large matrix products: 737 to 768 of 989 TFLOP/s were measured on an H200 (8192³)."""
FP8_SHARE = 0.72
"""1,433 of 1,979 TFLOP/s were measured there, rowwise scales."""
ATTENTION_SHARE = 0.35
"""345 of 989 TFLOP/s: flash attention, 4096 x 4144 tokens, 32 heads of 128, measured there."""
BANDWIDTH_SHARE = 0.8
"""Of memory bandwidth, in element-wise kernels. Assumed."""
CONVOLUTION_SHARE = 0.4
"""Of the dense rate, in convolutions. Assumed."""
COMPILED_TRAFFIC = 0.35
"""What is left of element-wise traffic when blocks are compiled: 141 -> 116 ms a step of diffusers' 2.1 blocks at
1024 x 1024 on an H200 are explained by it."""
CUDNN_ATTENTION_SHARE = 0.565
"""559 of 989 TFLOP/s: the same with cuDNN's kernel on an H200; taken for Hopper and later only."""
LAUNCH = 20e-6
"""Seconds of host time a kernel that is asked for one by one, with all that Python does around it: 51.8 ms a step of
diffusers' 2.1 classes at 256 x 256 on an H200, whose kernels take 10.7, are about 2,500 calls (ours: 1,500 kernels, and
views between them)."""
COMPILED_LAUNCHES = 0.58
"""Of that time, where blocks are compiled: 18.1 ms were measured there, for a block like ours of 47 kernels."""
CPU_SHARE = 0.5
"""Of a CPU's arithmetic peak, in matrix products and convolutions. Scaled away where an anchor was measured."""
HOST_LINK = 10e9
"""Bytes a second between the host's pageable memory and a card. Assumed."""
PNG_SECONDS = 0.070
"""One core, 1024 x 1024 grained pixels, run lengths: docs/benchmarks/png.md."""
COMPILE_SECONDS = 120.0
"""Until the first compiled picture is there. Assumed."""

# -- choice --------------------------------------------------------------------------------------------------------
TEXT_TOKENS = 64
"""Of a prompt, for the denoiser: the benchmark's prompts have 54 to 71."""
GAIN = 1.03
"""A larger batch must draw so many times more pictures, or it is not worth its memory and wait."""
LOSSY_GAIN = 2.0
"""A number format that changes pictures (fp8, float16) must draw so many times more than one that does not."""
PATIENCE = 60.0
"""Seconds that a child waits for one picture, at most: a model that needs longer is not advised unasked."""
