"""The nodes' names. Imports nothing, so that they are the same with and without Pawlette."""

CATEGORY = "Pawlette"
DISPLAY = {
    "PawletteLoad": "Pawlette Load",
    "PawlettePrompt": "Pawlette Prompt",
    "PawletteDraw": "Pawlette Draw",
    "PawletteEncode": "Pawlette Encode",
    "PawletteDenoise": "Pawlette Denoise",
    "PawletteDecode": "Pawlette Decode",
    "PawletteSave": "Pawlette Save (async)",
}
