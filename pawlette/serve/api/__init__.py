"""The HTTP side of the serving door: the native API, the OpenAI Images API, and what guards them."""
