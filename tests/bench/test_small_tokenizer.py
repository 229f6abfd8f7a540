"""Texts that differ, and as many tokens as real prompts have."""

from pawlette.bench.small_tokenizer import TextProcessor, make_tokenizer, texts
from pawlette.engine.encode import REMEMBERED
from pawlette.model.family import QWEN_IMAGE
from pawlette.words import compose, read


def test_the_texts_are_more_than_an_engine_remembers():
    assert len(set(texts())) == len(texts()) > REMEMBERED


def test_prompts_and_the_template_have_the_length_of_real_ones():
    tokenizer = make_tokenizer()
    lengths = {len(tokenizer(compose(read(text)).text).input_ids) for text in texts()}
    assert 40 < min(lengths) < max(lengths) < 80
    assert len(tokenizer(QWEN_IMAGE.template.partition("{}")[0]).input_ids) == QWEN_IMAGE.dropped


def test_the_processor_reads_texts_alone():
    processor = TextProcessor(make_tokenizer())
    chat = [{"role": "system", "content": [{"type": "text", "text": "Hello"}]}]
    (ids,) = processor.apply_chat_template(chat, tokenize=True, return_dict=False)
    assert ids == processor(["<|im_start|>system\nHello<|im_end|>\n"]).input_ids[0]
