"""A chat model from its name: `init_chat_model`, with one clear line for what can be wrong."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ingest.errors import SettingError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRAS = {
    "openai": "langchain_openai",
    "anthropic": "langchain_anthropic",
    "ollama": "langchain_ollama",
}
"""The providers that have an extra of ours, and the package that each needs."""

_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_NO_KEY = "no-key"
"""What a server of one's own is sent, which asks for none."""


def provider_of(name: str) -> str:
    """The provider in a model's name, "" where it has none."""
    return name.partition(":")[0].strip().lower() if ":" in name else ""


def connected(name: str, url: str | None, max_tokens: int, seconds: float) -> BaseChatModel:
    """The chat model of a name. Raises `SettingError` that names the extra or the key that is missing."""
    provider = provider_of(name)
    package = EXTRAS.get(provider)
    if package is not None and find_spec(package) is None:
        raise SettingError(
            f"the chat model {name} needs a package: pip install 'footnote[{provider}]'"
        )
    options: dict[str, Any] = {"max_tokens": max_tokens, "timeout": seconds, "max_retries": 0}
    if provider == "ollama":
        options = {"num_predict": max_tokens, "client_kwargs": {"timeout": seconds}}
    key = _KEYS.get(provider)
    if key and not os.environ.get(key, "").strip():
        if url is None:
            raise SettingError(f"the chat model {name} needs its key in the environment: {key}")
        options["api_key"] = _NO_KEY
    if url is not None:
        options["base_url"] = url
    if provider == "openai":
        options |= {"streaming": True, "stream_usage": True, "use_responses_api": False}
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name, **options)
    except ImportError as error:
        wanted = getattr(error, "name", None) or "the provider's LangChain package"
        raise SettingError(f"the chat model {name} needs a package: pip install {wanted}") from None
    except ValueError:
        raise SettingError(
            f"no chat model is known by {name!r}; name one as PROVIDER:MODEL, such as openai:NAME"
        ) from None
    return model
