"""A client of any server with the OpenAI API: vLLM, Ollama, llama.cpp's server, OpenAI, another Trio."""
