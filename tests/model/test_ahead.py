"""What is imported ahead is all that loading the built-in model imports from transformers."""

import subprocess
import sys

CODE = """
import sys
import pawlette.model.ahead
from pawlette.studio import Studio
there = {name for name in sys.modules if name.split(".")[0] in ("transformers", "huggingface_hub", "accelerate")}
Studio(device="cpu").load()
print(*[name for name in sys.modules if name.startswith("transformers.models.") and name not in there], "end")
"""


def test_a_process_that_is_forked_from_it_imports_no_model_code():
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["end"]
