"""What a forked process has imported is all that the built-in model needs, and nothing that takes seconds to import."""

import subprocess
import sys

CODE = """
import sys
import pawlette.model.qwen
from pawlette.studio import Studio
there = set(sys.modules)
studio = Studio(device="cpu")
studio.load()
print(*[name for name in sys.modules if name.startswith("pawlette.model") and name not in there])
studio.draw(studio.accept("a cat", seed=1, steps=1).job)
print(*[name for name in ("transformers", "huggingface_hub", "torch._dynamo", "sympy") if name in sys.modules])
"""


def test_a_process_that_is_forked_from_it_imports_no_model_code():
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
