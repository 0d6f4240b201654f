"""What the README promises: every command, file and number in it is there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def result(path: str) -> Any:
    return json.loads((ROOT / path).read_text("utf-8"))


def says(text: str, number: str) -> bool:
    """Whether a text has this number, and not only as the end of a longer one: 0.0% is not in 10.0%."""
    return re.search(rf"(?<![\d.,]){re.escape(number)}(?!\d)", text) is not None


def test_a_number_is_not_found_inside_a_longer_one() -> None:
    assert says("It is 0.0%, of 12.", "0.0%") and says("12.5 and 0.123.", "0.123")
    assert not says("It is 10.0%.", "0.0%") and not says("0.1234", "0.123") and not says("1.0.0%", "0.0%")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
        if "://" not in link:
            assert (document.parent / link).exists(), link


def test_every_test_that_security_names_is_there() -> None:
    page, last = (ROOT / "docs" / "security.md").read_text("utf-8"), ""
    named = re.findall(r"`([\w/]*test_\w+\.py)?(?:::(test_\w+))?`", page)
    found = [(file, test) for file, test in named if file or test]
    assert len(found) > 25
    for file, test in found:
        last = file or last
        path = ROOT / last if "/" in last else next((ROOT / "tests" / "unit").rglob(last), ROOT / last)
        assert path.is_file() and (not test or f"def {test}(" in path.read_text("utf-8")), (last, test)


def test_every_file_that_contributing_names_is_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    answers = page[page.index("## Where do I change") :]
    named = {
        name for name in re.findall(r"`([\w/.]+)`", answers) if "/" in name or name.endswith((".py", ".css"))
    }
    tracked = {
        path
        for top in ("chatbot", "pipelines", "benchmarks", "tests", "scripts", "docs", "assets")
        for path in (ROOT / top).rglob("*")
    }
    there = {path.relative_to(ROOT).as_posix() for path in tracked}
    missing = {
        name for name in named if not any(f"/{path}".endswith(f"/{name.rstrip('/')}") for path in there)
    }
    assert len(named) > 40 and missing <= {"benchmarks/NAME.py", "assets/models/NAME", "/v1"}, missing


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    documents = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    assert set(re.findall(r"`?make ([a-z]+)`", documents)) | {"run", "test"} <= targets


def test_every_benchmark_is_in_the_makefile_or_a_page() -> None:
    said = "\n".join(path.read_text("utf-8") for path in (*DOCUMENTS, ROOT / "Makefile"))
    mains = {
        path.stem for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text("utf-8")
    }
    assert {name for name in mains if f"benchmarks.{name}" not in said} == {"peers_systems"}, "peers runs it"


UNITS = (("en", "words"), ("zh", "characters"))


def test_numbers_are_those_of_the_last_measurement() -> None:
    asr = result("docs/results/asr.json")
    feelings = result("assets/models/feelings/results.json")
    chinese = result("assets/models/chinese-feelings/results.json")[
        "sentiment, ChnSentiCorp, held-back fifth"
    ]
    voice = result("assets/models/speech-emotion/results.json")["RAVDESS, 6 folds, unseen speakers"]
    objects = result("assets/models/centernet/results.json")
    captions = result("assets/models/captioner/results.json")
    spoken = result("docs/results/voice.json")
    written = result("docs/results/mind.json")["1.5B with the adapter"]["questions"]["by_language"]
    classifiers = (feelings["SST-2 dev"], feelings["six emotions val"], chinese, voice)
    for number in (
        f"{asr['en']['error_rate']:.1%}",
        f"{asr['zh']['error_rate']:.1%}",
        f"{asr['zh_hot_words']['error_rate']:.1%} where the settings list",
        f"{asr['zh_other_words']['error_rate']:.1%} with eight others",
        *(f"{model['accuracy']:.1%}" for model in classifiers),
        *(f"{model['majority_baseline']:.1%}" for model in classifiers),
        *(f"{model['calibration_error']:.3f}" for model in classifiers),
        f"{feelings['GoEmotions dev']['macro_f1']:.3f}",
        *(
            f"{objects[who][what]}%"
            for who in ("centernet, found", "captions")
            for what in ("precision", "recall")
        ),
        *(f"{spoken[language]['error_rate']:.1%} of {units} wrong" for language, units in UNITS),
        *(f"{share:.0%} of 135" for share in written.values()),
        f"BLEU-4 {captions['bleu_4']:.1f}, CIDEr {captions['cider']:.1f}",
    ):
        assert says(README, number), number


def test_times_are_those_of_the_last_measurement() -> None:
    from benchmarks.turn import rows

    for row in rows(result("docs/results/turn.json")):
        assert f"| {' | '.join(row)} |" in README


def test_costs_are_those_of_the_last_measurement() -> None:
    pytest.importorskip("sklearn")
    from benchmarks.models import table

    page = (ROOT / "docs" / "training.md").read_text("utf-8")
    assert "\n".join(table(result("docs/results/models.json"))) in page
