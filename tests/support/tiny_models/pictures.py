"""Captioners, models for questions about pictures, CLIP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.tiny_models.words import bpe, word_pieces

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


TILES = {"size": {"longest_edge": 128}, "max_image_size": {"longest_edge": 64}}


def blip(folder: Path) -> dict[str, Any]:
    """BLIP for captions, and in a folder of its own BLIP for questions."""
    from transformers import BlipForConditionalGeneration, BlipForQuestionAnswering

    questions = folder / "questions"
    questions.mkdir(exist_ok=True)
    _blip(folder, BlipForConditionalGeneration)
    _blip(questions, BlipForQuestionAnswering)
    return {"model": str(folder), "question_model": str(questions)}


def _blip(folder: Path, kind: Any) -> None:
    import torch
    from transformers import BlipConfig, BlipImageProcessor, BlipProcessor

    torch.manual_seed(10)
    tokenizer = word_pieces(folder)
    ids = {"bos_token_id": 4, "pad_token_id": 0, "sep_token_id": 3, "eos_token_id": 3}
    text = {
        "vocab_size": len(tokenizer), "hidden_size": 32, "encoder_hidden_size": 32, "intermediate_size": 64,
        "projection_dim": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "max_position_embeddings": 64, "initializer_range": 0.5, **ids,
    }  # fmt: skip
    vision = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 32, "patch_size": 16,
    }  # fmt: skip
    net = kind(
        BlipConfig(text_config=text, vision_config=vision, projection_dim=16, image_text_hidden_size=16)
    )
    net.save_pretrained(folder)
    BlipProcessor(BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer).save_pretrained(folder)


def idefics3(folder: Path) -> dict[str, Any]:
    """SmolVLM 256M and 500M: SigLIP's encoder, pixel shuffle, a Llama."""
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3ImageProcessor,
        Idefics3Processor,
    )

    tokenizer = _tile_tokenizer()
    _tiles(folder, tokenizer, Idefics3Config, Idefics3ForConditionalGeneration)
    images = Idefics3ImageProcessor(**TILES)
    processor = Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=tokenizer.chat_template)
    processor.save_pretrained(folder)
    return {"model": str(folder)}


def smolvlm(folder: Path) -> dict[str, Any]:
    """SmolVLM2, whose processor also takes videos and therefore needs num2words."""
    from transformers import (
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    tokenizer = _tile_tokenizer()
    _tiles(folder, tokenizer, SmolVLMConfig, SmolVLMForConditionalGeneration)
    processor = SmolVLMProcessor(
        SmolVLMImageProcessor(**TILES), tokenizer, SmolVLMVideoProcessor(**TILES), image_seq_len=4,
        chat_template=tokenizer.chat_template,
    )  # fmt: skip
    processor.save_pretrained(folder)
    return {"model": str(folder)}


def _tile_tokenizer() -> Any:
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<fake_token_around_image>"]
    tokenizer = bpe([*specials, "<global-img>", "<end_of_utterance>", "<pad>"])
    tokenizer.add_special_tokens(
        {
            "eos_token": "<|im_end|>",
            "pad_token": "<pad>",
            "bos_token": "<|im_start|>",
            "additional_special_tokens": ["<image>", "<fake_token_around_image>", "<global-img>"],
        }
    )
    tokenizer.chat_template = CHAT.replace("IMAGE", "<image>")
    return tokenizer


def _tiles(folder: Path, tokenizer: Any, configuration: Any, kind: Any) -> None:
    import torch

    torch.manual_seed(11)
    ids = {name: getattr(tokenizer, name) for name in ("pad_token_id", "eos_token_id", "bos_token_id")}
    text = {
        "model_type": "llama", "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "max_position_embeddings": 2048, "initializer_range": 0.5, **ids,
    }  # fmt: skip
    vision = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 64, "patch_size": 16,
    }  # fmt: skip
    config = configuration(
        text_config=text, vision_config=vision, scale_factor=2, pad_token_id=tokenizer.pad_token_id,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )  # fmt: skip
    net = kind(config)
    net.generation_config.eos_token_id = tokenizer.eos_token_id
    net.generation_config.pad_token_id = tokenizer.pad_token_id
    net.save_pretrained(folder)


def qwen2_vl(folder: Path) -> dict[str, Any]:
    """Qwen2-VL: any resolution, rotary positions in three dimensions."""
    import torch
    from transformers import (
        Qwen2VLConfig,
        Qwen2VLForConditionalGeneration,
        Qwen2VLImageProcessor,
        Qwen2VLProcessor,
        Qwen2VLVideoProcessor,
    )

    torch.manual_seed(12)
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"]
    specials += ["<|image_pad|>", "<|video_pad|>"]
    tokenizer = bpe(specials)
    tokenizer.add_special_tokens({"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})
    tokenizer.chat_template = CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in specials}
    text = {
        "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 1024,
        "rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2]}, "initializer_range": 0.5,
        "eos_token_id": ids["<|im_end|>"], "bos_token_id": ids["<|endoftext|>"],
        "pad_token_id": ids["<|endoftext|>"],
    }  # fmt: skip
    vision = {
        "depth": 1,
        "embed_dim": 32,
        "hidden_size": 32,
        "num_heads": 2,
        "mlp_ratio": 2,
        "patch_size": 14,
    }
    config = Qwen2VLConfig(
        text_config=text, vision_config=vision, image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"], vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )  # fmt: skip
    net = Qwen2VLForConditionalGeneration(config)
    net.generation_config.eos_token_id = ids["<|im_end|>"]
    net.generation_config.pad_token_id = ids["<|endoftext|>"]
    net.save_pretrained(folder)
    sizes = {"min_pixels": 28 * 28, "max_pixels": 28 * 28 * 16}
    processor = Qwen2VLProcessor(
        Qwen2VLImageProcessor(**sizes), tokenizer, Qwen2VLVideoProcessor(**sizes),
        chat_template=tokenizer.chat_template,
    )  # fmt: skip
    processor.save_pretrained(folder)
    return {"model": str(folder)}


def open_clip(folder: Path) -> dict[str, Any]:
    import json

    import torch
    from open_clip import create_model
    from safetensors.torch import save_file

    torch.manual_seed(13)
    config = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    }
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    net = create_model(f"local-dir:{folder}", load_weights=False)
    save_file(net.state_dict(), folder / "open_clip_model.safetensors")
    return {"model": str(folder)}
