"""The models of the hub that are offered by name: every entry can be made, and what is chosen is got."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from pydantic import ValidationError

from chatbot.config.backends import CHATBOT_TABLE, chatbot_registry
from chatbot.config.hub_models import HubModel, hub_models, hub_models_table
from chatbot.config.settings import Settings
from chatbot.generators.gguf import GgufGenerator
from pipelines.core.hub_request import HubRequest, check_repository, matching
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

MODELS = hub_models()


@pytest.mark.parametrize("model", MODELS, ids=[model.name for model in MODELS])
def test_each_can_be_made_with_its_options_and_names_files_that_are_got(model: HubModel) -> None:
    base = CHATBOT_TABLE[model.stage][model.backend]
    assert base.kind == "huggingface" and model.name not in CHATBOT_TABLE[model.stage]
    assert set(model.options) <= set(base.options)
    assert model.title and model.description and model.licence
    check_repository(model.options["model"])
    registry = chatbot_registry(Settings(), WeightStore())
    assert registry.title(model.stage, model.name) == model.title
    if not base.missing_packages():
        request = registry.build(model.stage, model.name).request  # type: ignore[attr-defined]
        assert isinstance(request, HubRequest) and request.model == model.options["model"]
        plain = [name for name in request.files if "*" not in name]
        assert matching(plain, request.files) == sorted(plain), "only files without code are got"


def test_there_is_what_people_ask_for() -> None:
    assert {Stage.GENERATE, Stage.TRANSCRIBE, Stage.SPEAK} <= {model.stage for model in MODELS}
    assert any("mmproj" in model.options for model in MODELS), "one that sees"
    assert len({(model.stage, model.name) for model in MODELS}) == len(MODELS)


@pytest.mark.parametrize(("offline", "gets"), [(False, True), (True, False)])
def test_one_that_the_settings_choose_is_got_at_the_start_unless_that_is_forbidden(
    offline: bool, gets: bool
) -> None:
    chosen = chatbot_registry(Settings(backends={Stage.GENERATE: "qwen3-4b"}, offline=offline))
    assert chosen.options(Stage.GENERATE)["offline"] is not gets
    other = chatbot_registry(Settings(offline=offline))
    assert other.options(Stage.GENERATE, "qwen3-4b").get("offline", True) is True


def test_the_settings_change_an_option_of_one() -> None:
    settings = Settings(options={Stage.GENERATE: {"qwen3-4b": {"context": 4096}}})
    writer = cast(GgufGenerator, chatbot_registry(settings).build(Stage.GENERATE, "qwen3-4b"))
    assert writer.context_tokens == 4096
    assert writer.request.files == ("Qwen3-4B-Instruct-2507-Q4_K_M.gguf",)


def test_a_mistake_in_the_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text('[[models]]\nname = "x"\nsize = 3\n', "utf-8")
    with pytest.raises(ValidationError, match="size"):
        hub_models(file)
    with pytest.raises(KeyError):
        hub_models_table(CHATBOT_TABLE, [MODELS[0].model_copy(update={"backend": "nothing"})])
