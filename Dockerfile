# One image for web, worker, beat and the migration; docker-compose.yml says what each one runs.
FROM python:3.12-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app

# Each layer changes less often than the next: system packages, Python packages, the code.
COPY script/bootstrap script/bootstrap
RUN script/bootstrap --packages && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml uv.lock ./
RUN pip install --no-cache-dir uv && uv sync --frozen --no-dev --no-cache
ENV PATH=/app/.venv/bin:$PATH

COPY . .
# The static files are gathered under the production profile. The keys are thrown away at once: none
# stays in the image.
RUN script/bootstrap --env \
 && PROFILE=production ALLOWED_HOSTS=build DATABASE_URL=postgres://build@build/build \
    REDIS_URL=redis://:build@build/0 DATA_DIR=/tmp/build \
    python manage.py collectstatic --noinput --verbosity 0 \
 && rm -r .env /tmp/build \
 && useradd --system --uid 10001 --no-create-home unionhub \
 && install -d -o unionhub -g unionhub -m 700 /data
ENV PROFILE=production DATA_DIR=/data
VOLUME /data
USER unionhub
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["gunicorn", "unionhub.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--max-requests", "5000", "--max-requests-jitter", "500"]
