"""The table of corpora, and what is said where one is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

from pipelines.core.errors import InputError
from training.cli import main
from training.common.corpora import CORPORA, corpus_folder
from training.common.datasets import casia, detokenized, ravdess, six_emotions, sst2


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


def test_a_corpus_that_is_there_is_given(tmp_path: Path) -> None:
    put(tmp_path / "goemotions", "train.tsv", "dev.tsv", "labels.txt")
    assert corpus_folder(tmp_path, "goemotions") == tmp_path / "goemotions"


@pytest.mark.parametrize(
    "load", [ravdess, casia, lambda data: sst2(data, "dev"), lambda data: six_emotions(data, "val")]
)
def test_loaders_say_where_a_missing_corpus_is_to_be_had(load: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lacks .*https?://.*--data DIR"):
        load(tmp_path)  # type: ignore[operator]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    put(tmp_path / "flickr8k", "captions_train.tsv", "captions_dev.tsv", "train/1.jpg")
    with pytest.raises(InputError, match=r"flickr8k lacks dev/\*\.jpg\.") as caught:
        corpus_folder(tmp_path, "flickr8k")
    assert "https://hockenmaier.cs.illinois.edu/8k-pictures.html" in str(caught.value)


def test_the_command_lists_what_is_there_and_what_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "ravdess", "Actor_01/03-01-01-01-01-01-01.wav")
    with pytest.raises(SystemExit) as end:
        main(["corpora", "--data", str(tmp_path)])
    said = capsys.readouterr().out
    assert end.value.code == 0
    assert "ravdess: there" in said and "zenodo" not in said
    assert "emotion: missing train.txt, val.txt" in said and "hub: dair-ai/emotion" in said
    assert all(corpus.title in said for corpus in CORPORA.values())


def test_a_recipe_without_its_data_says_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["chinese-feelings", "evaluate", "--data", str(tmp_path)])
    said = capsys.readouterr().err
    assert end.value.code == 1 and "SMP2020-EWECT" in said and "Traceback" not in said


def test_every_corpus_that_the_code_reads_is_in_the_table() -> None:
    root = Path(__file__).resolve().parents[3]
    sources = [
        path.read_text("utf-8")
        for folder in ("training", "benchmarks")
        for path in (root / folder).rglob("*.py")
    ]
    read = {name for source in sources for name in re.findall(r'corpus_folder\([^"]*"(\w+)"\)', source)}
    assert read == set(CORPORA)


def test_the_table_is_whole() -> None:
    for corpus in CORPORA.values():
        assert all((corpus.title, corpus.licence, corpus.citation, corpus.files, corpus.layout))
        assert all(re.match(r"https?://", home) for home in corpus.home.split(", "))


def test_the_shared_data_are_whole(shared_data: Path) -> None:
    for name in CORPORA:
        corpus_folder(shared_data, name)


def test_dialogues_are_written_as_people_write_them() -> None:
    assert detokenized(" It \u2019 s late , isn ' T it ? ") == "It's late, isn't it?"
