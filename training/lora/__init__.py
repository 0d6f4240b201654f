"""Fine-tuning any chat model by LoRA (Hu et al., 2021, arXiv:2106.09685), with an adapter for llama.cpp."""
