# docker build -t trio .                              the models are pulled when it starts for the first time
# docker build -t trio --build-arg PULL_MODELS=1 .    the models are part of the image
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRADIO_ANALYTICS_ENABLED=False \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_TEMP_DIR=/data/page \
    TRIO_DATA_DIR=/data \
    TRIO_MODELS_DIR=/models

WORKDIR /app
COPY packages.txt requirements-light.txt ./
RUN apt-get update \
    && xargs -a packages.txt apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir --disable-pip-version-check 'pip>=24.1' -r requirements-light.txt
RUN useradd --uid 10001 --create-home trio \
    && install -d -o trio -g trio -m 700 /data /models

COPY app.py README.md LICENSE ./
COPY assets assets
COPY pipelines pipelines
COPY chatbot chatbot

USER trio
ARG PULL_MODELS=0
RUN if [ "$PULL_MODELS" = 1 ]; then python -m chatbot models pull; fi

VOLUME ["/data", "/models"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=15m --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
CMD ["python", "app.py"]
