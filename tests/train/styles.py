"""What the tests of styles share: sizes, a short plan, and a trainer on a small checkpoint."""

from pawlette.model.qwen import QwenImage
from pawlette.train.style import Plan, StyleTrainer
from pawlette.train.style_data import encode_examples, find_examples

SIZE = 64
FAST = Plan(steps=4, batch=2, rank=4, learning_rate=5e-3, warm_up=1, finish_every=2, crop=32)


def trainer_of(folder, pictures, plan=FAST):
    model = QwenImage.load(folder)
    data = encode_examples(model, find_examples(pictures), SIZE, say=lambda _: None)
    return StyleTrainer(model, data, plan)
