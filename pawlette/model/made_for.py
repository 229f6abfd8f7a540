"""Which full decoder a light one stands in for: a small file in its folder. Knows of weights their fingerprint alone.

A folder without the file is taken at its word: older ones have none.
"""

import json
from pathlib import Path

from pawlette.errors import BadModel
from pawlette.files import write_whole
from pawlette.model import fingerprint
from pawlette.model.folders import read_json
from pawlette.model.parts import MADE_FOR
from pawlette.model.weights import has_weights


def keep_made_for(folder: Path, model: str, autoencoder: Path) -> None:
    """Write it, for the model of that name whose full decoder lies in the folder `autoencoder`."""
    record = {"model": model, "vae": fingerprint.of_weights(autoencoder)}
    write_whole(folder / MADE_FOR, (json.dumps(record, indent=1) + "\n").encode())


def check_made_for(folder: Path, autoencoder: Path) -> None:
    """Raise BadModel where the light decoder in `folder` was made for another full decoder than that one."""
    path = folder / MADE_FOR
    if not path.exists() or not has_weights(autoencoder):  # a light decoder draws without the full one's
        return
    record, found = read_json(path), fingerprint.of_weights(autoencoder)
    if record.get("vae") != found:
        raise BadModel(
            f"{folder} was made for {record.get('model')} with the decoder weights {record.get('vae')}; "
            f"{autoencoder} has {found}. pawlette train decoder --model {autoencoder.parent} makes one for it; "
            f"to draw with this one all the same, delete {path}"
        )
