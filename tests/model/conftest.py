"""Both small checkpoints, made once a run: the reference parts in memory and the folder that holds them."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.model import checkpoints


@dataclass(frozen=True)
class Checkpoint:
    components: dict
    folder: Path


@pytest.fixture(scope="session")
def checkpoint_1(tmp_path_factory) -> Checkpoint:
    parts = checkpoints.components_1()
    folder = tmp_path_factory.mktemp("checkpoint-1")
    return Checkpoint(parts, checkpoints.save(parts, folder, {"_class_name": "QwenImagePipeline"}))


@pytest.fixture(scope="session")
def checkpoint_21(tmp_path_factory) -> Checkpoint:
    parts = checkpoints.components_21()
    folder = tmp_path_factory.mktemp("checkpoint-21")
    return Checkpoint(parts, checkpoints.save(parts, folder, {"_class_name": "QwenImage21Pipeline"}))
