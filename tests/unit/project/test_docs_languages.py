"""Pages in two languages say the same: structure, figures, commands, sources and numbers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOUNDATIONS = ROOT / "docs" / "foundations"
ENGLISH = sorted(FOUNDATIONS.glob("*.md"))
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def twin(page: Path) -> Path:
    return page.parent / "zh" / page.name


def numbers(text: str) -> Counter[str]:
    """How often each number stands in a text: the order of words differs between the languages."""
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", text))


def commands(text: str) -> list[str]:
    """The lines of the code blocks, without comments, which are translated."""
    lines = "\n".join(CODE.findall(text)).splitlines()
    return [found for line in lines if (found := re.sub(r"(^|\s)#.*", "", line).rstrip())]


def quoted(text: str) -> Counter[str]:
    """Commands, names and formulas within sentences and tables."""
    return Counter(re.findall(r"`([^`\n]+)`", CODE.sub("", text)))


def sources(text: str) -> list[str]:
    """Addresses, and pictures and files by their path from the folder docs, in order."""
    links = re.findall(r"\]\(([^)]+)\)", text)
    return [re.sub(r"^(\.\./)+", "", link) for link in links if "://" in link or link.startswith("../")]


def structure(text: str) -> list[str]:
    """The marks with which lines begin: headings by their level, rows by their cells, items, pictures, code."""
    found = []
    for line in CODE.sub("```", text).splitlines():
        mark = re.match(r"#+ |```|- |!\[|\|", line)
        if mark:
            found.append("|" * line.count("|") if mark[0] == "|" else mark[0])
    return found


def differences(english: str, chinese: str) -> dict[str, object]:
    """What two pages do not share, by kind; empty for twins."""
    more, less = numbers(english) - numbers(chinese), numbers(chinese) - numbers(english)
    found = {
        "numbers only in English": sorted(more),
        "numbers only in Chinese": sorted(less),
        "commands": [] if commands(english) == commands(chinese) else [commands(english), commands(chinese)],
        "in backquotes": sorted(
            (quoted(english) - quoted(chinese)) | (quoted(chinese) - quoted(english)),
        ),
        "structure": []
        if structure(english) == structure(chinese)
        else [structure(english), structure(chinese)],
    }
    return {kind: each for kind, each in found.items() if each}


def body(page: Path, link: str) -> str:
    """A page without the line that leads to the other language, which has to be its third."""
    head, blank, switch, rest = page.read_text("utf-8").split("\n", 3)
    assert head.startswith("# ") and not blank and link in switch, f"{page}: the third line lacks {link}"
    return f"{head}\n{rest}"


def test_every_page_has_its_twin_and_no_twin_is_left_alone() -> None:
    assert len(ENGLISH) > 5
    assert [page.name for page in ENGLISH] == sorted(page.name for page in (FOUNDATIONS / "zh").glob("*.md"))


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.name)
def test_both_languages_say_the_same(page: Path) -> None:
    english = body(page, f"[中文](zh/{page.name})")
    chinese = body(twin(page), f"[English](../{page.name})")
    assert differences(english, chinese) == {}
    assert sources(english) == sources(chinese)


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.name)
def test_the_chinese_page_is_in_chinese(page: Path) -> None:
    for heading in re.findall(r"^#+ (.+)$", CODE.sub("", twin(page).read_text("utf-8")), re.MULTILINE):
        assert re.search(r"[\u4e00-\u9fff]", heading), heading
    assert not re.search(r"[\u4e00-\u9fff][A-Za-z\d,;:?!]", twin(page).read_text("utf-8"))


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ("# 页\n\n准确率 79.8 %。\n\n```\nmake run  # 运行\n```\n", "numbers only in English"),
        ("# 页\n\n准确率 79.7 %，3 轮。\n\n```\nmake run  # 运行\n```\n", "numbers only in Chinese"),
        ("# 页\n\n准确率 79.7 %。\n\n```\nmake test  # 运行\n```\n", "commands"),
        ("# 页\n\n`text-cnn` 的准确率 79.7 %。\n\n```\nmake run\n```\n", "in backquotes"),
        ("# 页\n\n## 准确率 79.7 %。\n\n```\nmake run\n```\n", "structure"),
    ],
)
def test_a_page_renewed_alone_is_noticed(changed: str, kind: str) -> None:
    english = "# Page\n\nAccuracy 79.7 %.\n\n```\nmake run  # starts it\n```\n"
    assert differences(english, "# 页\n\n准确率 79.7 %。\n\n```\nmake run  # 运行\n```\n") == {}
    assert kind in differences(english, changed)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_chinese_tour_promises_nothing_that_the_readme_does_not() -> None:
    english, chinese = read("README.md"), read("README.zh-CN.md")
    assert "[简体中文](README.zh-CN.md)" in english and "[English](README.md)" in chinese
    assert len(commands(chinese)) > 5 and set(commands(chinese)) <= set(commands(english))
    assert set(numbers(chinese)) <= set(numbers(english))


def test_the_tour_shows_pictures_and_leads_to_every_chinese_page() -> None:
    tour = read("README.zh-CN.md")
    assert len(re.findall(r"^!\[[^\]]*[\u4e00-\u9fff][^\]]*\]\(docs/images/", tour, re.MULTILINE)) > 4
    for page in ENGLISH:
        assert f"(docs/foundations/zh/{page.name})" in tour


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_first_screen_says_what_it_needs_as_the_installing_page_does(name: str) -> None:
    (needs,) = re.findall(r"(?:^\|.*\n)+", read(name).split("```bash")[0], re.MULTILINE)
    assert set(numbers(needs)) <= set(numbers(read("docs/installing.md")))
    screen = read(name).split("\n## ")
    assert "![" in screen[0] and len(screen[0].splitlines()) < 20
    assert {"make run", "make test"} <= set(commands(screen[1])) and "curl -s http" in screen[1]
