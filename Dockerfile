FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && pip install --no-cache-dir uv==0.13.9 \
    && useradd --system --create-home --home-dir /var/lib/shanhe shanhe

WORKDIR /app
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project
COPY geo geo
COPY api api
COPY web web
COPY data data
RUN uv sync --frozen --no-dev --no-editable

USER shanhe
WORKDIR /var/lib/shanhe
ENV PATH=/app/.venv/bin:$PATH SHANHE_HOME=/var/lib/shanhe
EXPOSE 8000
CMD ["shanhe", "serve"]
