"""Pawlette's nodes for ComfyUI. Importing them loads no weights, and nothing is ever fetched.

They need the package `pawlette` in ComfyUI's own Python; where it is missing, the nodes are there and say how it comes.
"""

try:
    import pawlette  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "pawlette":
        raise
    from .missing import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
else:
    from .routes import install
    from .table import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

    install()

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
