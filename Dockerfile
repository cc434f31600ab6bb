# One image for web, worker, scheduler and migrations; docker-compose.yml says which command each runs.

FROM python:3.13-slim-bookworm AS packages

COPY requirements.txt requirements-installer.txt /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements-installer.txt \
    && /opt/venv/bin/uv pip install --python /opt/venv/bin/python --no-cache --require-hashes --compile-bytecode \
        -r /tmp/requirements.txt \
    && /opt/venv/bin/uv pip uninstall --python /opt/venv/bin/python uv pip

FROM python:3.13-slim-bookworm

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR=/var/lib/mentorship \
    STATIC_ROOT=/srv/static

RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/mentorship mentorship

COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/mentorship
COPY . .

# Static files are hashed and compressed once, here.  The settings ask for secrets: these live as long as this line.
RUN new() { python -c "import secrets; print(secrets.token_urlsafe(48))"; } \
    && MODE=production PUBLIC_URL=https://build.invalid SECRET_KEY="$(new)" CONTENT_KEYS="build:$(new)" VAR=/tmp/build \
        DATABASE_URL=sqlite:////tmp/build/none REDIS_URL=redis://build.invalid EMAIL_URL=smtp://build.invalid \
        python manage.py collectstatic --no-input \
    && rm -r /tmp/build

USER 10001
EXPOSE 8000
CMD ["gunicorn", "mentorship.wsgi", "--bind=0.0.0.0:8000", "--threads=4", "--no-control-socket"]
