# The page, for the CPU. How to build and run it: docs/page.md, "In a container".
FROM python:3.11-slim

# What OpenCV's wheel is linked against.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.txt .

# The address of PyTorch's index of CPU wheels. The "Get started" page on pytorch.org names it (Linux, Pip, CPU: what stands
# after --index-url). The usual wheels bring along CUDA, which is several gigabytes.
ARG TORCH_INDEX
RUN test -n "$TORCH_INDEX" || { echo "Give --build-arg TORCH_INDEX=...: see the Dockerfile." >&2; exit 1; } \
    && grep -E '^(torch|torchvision)==' requirements.txt > /tmp/torch.txt \
    && pip install --no-deps --index-url "$TORCH_INDEX" -r /tmp/torch.txt \
    && pip install -r requirements.txt \
    && rm /tmp/torch.txt

COPY app.py ./
COPY animegan animegan
COPY examples examples

# Weights that are downloaded are kept here; mount a volume to keep them longer than the container.
ENV HF_HOME=/data/huggingface
RUN useradd --create-home animegan && mkdir -p "$HF_HOME" && chown -R animegan: /data
VOLUME /data
USER animegan

ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=8)"]
CMD ["python", "app.py"]
