"""A Pawlette model as ComfyUI's MODEL and VAE, for its stock sampler and decoder: one forward of ours a step.

The weights stay where Pawlette keeps them: to ComfyUI's memory management this model has none.
"""

from __future__ import annotations

import comfy.conds
import comfy.latent_formats
import comfy.model_base
import comfy.model_patcher
import comfy.supported_models_base
import torch

from pawlette.comfyui.stages import decode, loaded, shift_of, velocity
from pawlette.comfyui.tensors import PROMPT, without_padding
from pawlette.errors import BadJob
from pawlette.studio import Studio


class Format(comfy.latent_formats.LatentFormat):
    """Latents as the autoencoder has them, and as the sampler steps them."""

    def __init__(self, studio: Studio):
        model = loaded(studio)
        self.latent_channels = model.latent_channels
        self.latent_dimensions = (
            3 if studio.family.generation == "1.x" else 2
        )  # 1.x: one frame before the height
        self.spacial_downscale_ratio = studio.family.pixels_per_latent
        self.mean, self.std = model.latents_mean.cpu(), model.latents_std.cpu()

    def _like(self, values, latent):
        values = values.to(latent.device, latent.dtype)
        return values[:, :, None] if latent.dim() == 5 else values

    def process_in(self, latent):
        return (latent - self._like(self.mean, latent)) / self._like(self.std, latent)

    def process_out(self, latent):
        return latent * self._like(self.std, latent) + self._like(self.mean, latent)


class Denoiser(torch.nn.Module):
    """What ComfyUI calls at each step. Its model is no part of it, so that ComfyUI does not move the weights."""

    def __init__(self, studio: Studio):
        super().__init__()
        self._keep = (studio,)
        self.dtype = torch.float32  # of what goes in and out; the model casts as it needs

    def forward(self, x, timesteps, context=None, attention_mask=None, transformer_options=None, **extra):
        masks = [None] * len(x) if attention_mask is None else attention_mask
        texts = [without_padding(text, mask) for text, mask in zip(context, masks, strict=True)]
        schedule = (transformer_options or {}).get("sample_sigmas")  # the sampler's, where ComfyUI says it
        known = () if schedule is None else schedule.tolist()
        return velocity(loaded(self._keep[0]), x, timesteps, texts, known)


class Model(comfy.model_base.BaseModel):
    """ComfyUI's own arithmetic of flow matching around it."""

    def __init__(self, studio: Studio):
        config = comfy.supported_models_base.BASE({"disable_unet_model_creation": True})
        config.latent_format = Format(studio)
        config.sampling_settings = {"shift": shift_of(loaded(studio)), "multiplier": 1.0}
        config.memory_usage_factor = 1.0
        super().__init__(config, model_type=comfy.model_base.ModelType.FLOW, device=loaded(studio).device)
        self.diffusion_model = Denoiser(studio)
        self._kid = not studio.studio_mode

    def extra_conds(self, **given):
        if self._kid and PROMPT not in given:
            raise BadJob("behind the kid gate, CONDITIONING comes from Pawlette Prompt; got another node's")
        out = super().extra_conds(**given)
        # Texts of two lengths are not put into one batch, which would repeat the shorter.
        if given.get("cross_attn") is not None:
            out["c_crossattn"] = comfy.conds.CONDRegular(given["cross_attn"])
        if given.get("attention_mask") is not None:
            out["attention_mask"] = comfy.conds.CONDRegular(given["attention_mask"])
        return out


class Vae:
    """The one thing that ComfyUI's VAE Decode asks for."""

    def __init__(self, studio: Studio):
        self._studio = studio

    def decode(self, samples, **unread):
        return decode(self._studio, samples)


def stock_parts(studio: Studio):
    """MODEL and VAE of a Studio, whose weights are loaded."""
    device = loaded(studio).device
    patcher = comfy.model_patcher.ModelPatcher(Model(studio), load_device=device, offload_device=device)
    return patcher, Vae(studio)
