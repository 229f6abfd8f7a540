"""A running mean of a model's weights: what is kept and shipped. Knows no model in particular."""

import torch
from torch import Tensor, nn


class Average:
    """Exponential moving average; its memory grows with the run until `decay` (arXiv 1806.04498, section 2)."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.weights: dict[str, Tensor] = {
            k: v.detach().float().clone() for k, v in model.state_dict().items()
        }

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.updates += 1
        share = 1.0 - min(self.decay, (1 + self.updates) / (10 + self.updates))
        state = model.state_dict()
        torch._foreach_lerp_([self.weights[k] for k in state], [v.float() for v in state.values()], share)
