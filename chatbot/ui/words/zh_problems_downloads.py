"""Errors of downloads in Chinese, by their English templates."""

from __future__ import annotations

from collections.abc import Mapping

DOWNLOADS: Mapping[str, str] = {
    "Another model is being downloaded": "正在下载另一个模型",
    "Wait until it has ended, or stop it": "请等它下载完，或先停止它",
    "The download failed": "下载失败",
    "This model does not come from the hub": "此模型不是从 Hugging Face 下载的",
    "Check that it is a model for this stage, in CTranslate2's format": (
        "请确认它是用于此步骤的模型，且为 CTranslate2 格式"
    ),
    "The model {} could be downloaded neither from its packages nor from the hub": (
        "从软件包和模型站都无法下载模型 {}"
    ),
    "The download of {} was rejected: {} does not match the expected file": (
        "已拒绝下载的 {}：{} 与预期的文件不一致"
    ),
    "{} bytes with SHA-256 {}…": "{} 字节，SHA-256 为 {}…",
    "Pull again; if this happens again, do not use the files from this source": (
        "请重新下载；如果再次出现，请不要使用这个来源的文件"
    ),
    "Pull again; if this happens again, do not use the files from this source, or pull {}": (
        "请重新下载；如果再次出现，请不要使用这个来源的文件，或改用 {} 下载"
    ),
    "The disk filled up during the download": "下载时磁盘空间用尽",
    "Free up disk space and pull again: the download will resume where it stopped": (
        "请清理磁盘后重新下载，会从中断处继续"
    ),
    "The models could not be written": "无法写入模型文件",
    "Check the folder, then pull again": "请检查文件夹，然后重新下载",
    "Free up disk space, or set TRIO_MODELS_DIR to a folder on another disk": (
        "请清理磁盘，或将 TRIO_MODELS_DIR 设为另一块磁盘上的文件夹"
    ),
    "The package {} is damaged": "软件包 {} 已损坏",
    "Pull again to download a fresh copy": "请重新下载",
    "The package {} could not be downloaded": "无法下载软件包 {}",
    "Check the network and that this Python has pip 24.1 or newer, then pull again": (
        "请检查网络，并确认这个 Python 的 pip 不低于 24.1，然后重新下载"
    ),
}
