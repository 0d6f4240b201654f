"""The mean of two adapters: every number of it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

gguf = pytest.importorskip("gguf")
pytest.importorskip("safetensors")

from pipelines.core.errors import InputError, ModelError  # noqa: E402
from training.lora.mean import lora_mean  # noqa: E402


def write(folder: Path, value: float, rank: int = 2) -> Path:
    from safetensors.numpy import save_file

    folder.mkdir()
    values = np.full((rank, 32), value, np.float32)
    save_file({"layer.lora_A": values, "layer.lora_B": values.T.copy()}, folder / "best.safetensors")
    writer = gguf.GGUFWriter(str(folder / "adapter.gguf"), "qwen2")
    writer.add_float32("adapter.lora.alpha", 16.0)
    writer.add_tensor("blk.0.attn_q.weight.lora_a", values.astype(np.float16))
    writer.add_tensor("blk.0.attn_q.weight.lora_b", values.T.copy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return folder


def test_the_mean_has_the_share_of_the_second_that_is_asked_for(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    first, second, out = write(tmp_path / "a", 1.0), write(tmp_path / "b", 2.0), tmp_path / "mean"
    lora_mean(first, second, weight=0.75, out=out)
    assert np.allclose(load_file(out / "best.safetensors")["layer.lora_A"], 1.75)
    reader = gguf.GGUFReader(str(out / "adapter.gguf"))
    assert len(reader.tensors) == 2
    for tensor in reader.tensors:
        assert tensor.data.dtype == np.float16
        assert np.allclose(tensor.data, 1.75)
    assert "adapter.lora.alpha" in reader.fields
    before = gguf.GGUFReader(str(first / "adapter.gguf")).tensors[0].data
    assert np.allclose(before, 1.0), "the first one stays as it was"


def test_the_effect_is_that_of_the_product(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    first, second, out = write(tmp_path / "a", 1.0), write(tmp_path / "b", 2.0), tmp_path / "mean"
    lora_mean(first, second, weight=0.75, effect=0.5, out=out)
    found = load_file(out / "best.safetensors")
    assert np.allclose(found["layer.lora_A"], 1.75) and np.allclose(found["layer.lora_B"], 0.875)
    side = {tensor.name[-1]: tensor.data for tensor in gguf.GGUFReader(str(out / "adapter.gguf")).tensors}
    assert np.allclose(side["a"], 1.75) and np.allclose(side["b"], 0.875)


def test_adapters_of_other_shapes_and_missing_files_are_refused(tmp_path: Path) -> None:
    first = write(tmp_path / "a", 1.0)
    with pytest.raises(ModelError, match="differ in shape"):
        lora_mean(first, write(tmp_path / "b", 1.0, rank=4), weight=0.5, out=tmp_path / "mean")
    with pytest.raises(InputError, match="missing"):
        lora_mean(first, tmp_path / "none", weight=0.5, out=tmp_path / "mean")
    with pytest.raises(InputError, match="different"):
        lora_mean(first, first, weight=0.5, out=tmp_path / "mean")
