"""What is imported ahead is all that loading the built-in model imports, and nothing of transformers."""

import subprocess
import sys

CODE = """
import sys
import pawlette.model.ahead
from pawlette.studio import Studio
there = set(sys.modules)
Studio(device="cpu").load()
print(*[name for name in sys.modules if name.startswith("pawlette.model") and name not in there])
print(*[name for name in ("transformers", "huggingface_hub", "diffusers") if name in sys.modules])
"""


def test_a_process_that_is_forked_from_it_imports_no_model_code():
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
