"""Text embeddings against both pipelines' own encoding."""

import json
import shutil

import pytest
import torch
from diffusers import QwenImage21Pipeline, QwenImagePipeline
from transformers import Qwen3VLTextConfig
from transformers.models.qwen3_vl.modeling_qwen3_vl import Qwen3VLTextModel

from pawlette.errors import BadModel, BadWeights
from pawlette.model.family import PAWLETTE, QWEN_IMAGE, QWEN_IMAGE_21
from pawlette.model.text import TextEncoder, load_tower
from pawlette.model.tokens import load_tokenizer

CPU, F32 = torch.device("cpu"), torch.float32
TEXTS = [
    "a cute panda",
    "两只熊猫在彩虹下, soft fur",
    "a smiling dolphin in the sea, big eyes {x} and a long, long tale",
    " ",
]


def largest_difference(ours, embeds, mask):
    """Every row of a padded reference batch against our row of the same text."""
    lengths = mask.sum(dim=1).tolist() if mask is not None else [embeds.shape[1]] * len(embeds)
    assert [len(row) for row in ours] == lengths
    assert torch.cat(ours).std() > 0.3
    return max((row - one[:n]).abs().max().item() for row, one, n in zip(ours, embeds, lengths, strict=True))


@pytest.fixture(scope="module")
def encoder_1(checkpoint_1):
    return TextEncoder.load(checkpoint_1.folder, QWEN_IMAGE, CPU, F32)


@pytest.fixture(scope="module")
def encoder_21(checkpoint_21):
    return TextEncoder.load(checkpoint_21.folder, QWEN_IMAGE_21, CPU, F32)


@torch.no_grad()
def test_1_equals_the_pipeline(checkpoint_1, encoder_1, record_parity):
    pipeline = QwenImagePipeline(**checkpoint_1.components)
    difference = largest_difference(encoder_1.encode(TEXTS), *pipeline.encode_prompt(TEXTS))
    single = largest_difference(encoder_1.encode(TEXTS[:1]), *pipeline.encode_prompt(TEXTS[:1]))
    record_parity("1.x text embeddings, ragged batch", difference, 1e-5)
    assert max(difference, single) <= 1e-5


@torch.no_grad()
def test_1_cuts_long_texts_as_the_pipeline_does(checkpoint_1, encoder_1):
    pipeline = QwenImagePipeline(**checkpoint_1.components)
    tale = ["panda " * 600]
    embeds, mask = pipeline.encode_prompt(tale, max_sequence_length=512)
    assert embeds.shape[1] == 512
    assert largest_difference(encoder_1.encode(tale), embeds, mask) <= 1e-5


@torch.no_grad()
def test_21_equals_the_pipeline(checkpoint_21, encoder_21, record_parity):
    pipeline = QwenImage21Pipeline(**checkpoint_21.components)
    texts = [*TEXTS, ""]
    embeds, mask, _ = pipeline.encode_prompt(texts)
    difference = largest_difference(encoder_21.encode(texts), embeds, mask)
    record_parity("2.1 text embeddings, ragged batch", difference, 1e-5)
    assert difference <= 1e-5
    # The reference's tokenizer pads in front, so this did compare two sides of padding.
    assert pipeline.processor(["a", "a b c"], padding=True, padding_side="left").attention_mask[0][0] == 0


def test_21_state_is_taken_before_the_final_norm(checkpoint_21, encoder_21):
    normed = TextEncoder(
        load_tower(checkpoint_21.folder / "text_encoder", CPU, F32, final_norm=True),
        encoder_21.tokenizer, QWEN_IMAGE_21, CPU,
    )  # fmt: skip
    assert (normed.encode(["a panda"])[0] - encoder_21.encode(["a panda"])[0]).abs().max() > 0.1


def test_the_dropped_front_is_the_system_prompt(encoder_21):
    ids = encoder_21.tokenize("a panda")
    kept = encoder_21.tokenizer.decode(ids[encoder_21.dropped :], skip_special_tokens=False)
    assert kept == "<|im_start|>user\na panda<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize("generation", ["1", "21"])
def test_batch_equals_single_runs(generation, request):
    encoder = request.getfixturevalue(f"encoder_{generation}")
    together = encoder.encode(TEXTS)
    difference = max(
        (a - encoder.encode([t])[0]).abs().max().item() for a, t in zip(together, TEXTS, strict=True)
    )
    assert difference <= 1e-5


def test_vision_tower_and_head_are_not_loaded(encoder_1, encoder_21):
    for encoder in (encoder_1, encoder_21):
        names = [name for name, _ in encoder.tower.named_parameters()]
        assert not any("visual" in name or "lm_head" in name for name in names)
        assert all(parameter.device == CPU for parameter in encoder.tower.parameters())


def test_a_language_only_folder_loads_as_the_full_one(checkpoint_21, encoder_21, tmp_path):
    tower = checkpoint_21.components["text_encoder"].model.language_model
    tower.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "qwen3_vl_text"
    alone = load_tower(tmp_path, CPU, F32, final_norm=False).state_dict()
    full = encoder_21.tower.state_dict()
    assert alone.keys() == full.keys()
    assert all(torch.equal(alone[name], full[name]) for name in full)


def test_our_own_family_reads_the_bare_text(checkpoint_21):
    encoder = TextEncoder.load(checkpoint_21.folder, PAWLETTE, CPU, F32)
    assert encoder.dropped == 0
    assert encoder.tokenizer.decode(encoder.tokenize("a cute panda")) == "a cute panda"
    assert len(encoder.encode([""])[0]) == 1  # read as a blank


def test_a_tokenizer_in_two_files_is_converted(checkpoint_1, tmp_path):
    model = json.loads((checkpoint_1.folder / "tokenizer" / "tokenizer.json").read_text())
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "vocab.json").write_text(json.dumps(model["model"]["vocab"]))
    (tmp_path / "tokenizer" / "merges.txt").write_text(
        "\n".join(" ".join(pair) for pair in model["model"]["merges"])
    )
    settings = {"additional_special_tokens": [token["content"] for token in model["added_tokens"]]}
    settings["tokenizer_class"] = "Qwen2Tokenizer"
    (tmp_path / "tokenizer" / "tokenizer_config.json").write_text(json.dumps(settings))
    older, newer = load_tokenizer(tmp_path), load_tokenizer(checkpoint_1.folder)
    for text in ["a cute panda", "两只熊猫", "<|im_start|>user\n"]:
        assert older.encode(text).tokens == newer.encode(text).tokens


def test_faults_are_named(checkpoint_21, tmp_path):
    with pytest.raises(BadModel, match=r"tokenizer\.json is missing"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "tokenizer.json").write_text("{}")
    with pytest.raises(BadModel, match=r"tokenizer\.json is no tokenizer"):
        load_tokenizer(tmp_path)
    with pytest.raises(BadModel, match=r"config\.json is missing"):
        load_tower(tmp_path, CPU, F32, final_norm=False)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(BadModel, match="bert"):
        load_tower(tmp_path, CPU, F32, final_norm=False)
    shutil.copyfile(checkpoint_21.folder / "text_encoder" / "config.json", tmp_path / "config.json")
    with pytest.raises(BadWeights, match=r"model\.safetensors is missing"):
        load_tower(tmp_path, CPU, F32, final_norm=False)


def test_a_tokenizer_larger_than_the_embeddings_is_refused(checkpoint_21, tmp_path):
    shutil.copytree(checkpoint_21.folder / "processor", tmp_path / "tokenizer")
    small = Qwen3VLTextConfig(
        vocab_size=300, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1,
        num_key_value_heads=1, head_dim=16,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 2, 2]},
    )  # fmt: skip
    Qwen3VLTextModel(small).save_pretrained(tmp_path / "text_encoder")
    with pytest.raises(BadModel, match="300 embeddings"):
        TextEncoder.load(tmp_path, PAWLETTE, CPU, F32)
