# One image for serve, worker and migrate. Nothing is installed that no hash vouches for; nothing runs as root.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements-image.lock requirements-build.lock ./
RUN python -m venv /opt/fac \
    && /opt/fac/bin/pip install --require-hashes --no-deps -r requirements-image.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --no-deps -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY fac fac
COPY policies policies
COPY graphql graphql
COPY migrations migrations
RUN /opt/build/bin/python -m hatchling build --target wheel \
    && /opt/fac/bin/pip install --no-deps --no-index dist/*.whl

FROM python:${PYTHON}-slim
RUN groupadd --gid 10001 fac \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/fac --shell /usr/sbin/nologin fac \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/fac /var/lib/fac-shred
COPY --from=build /opt/fac /opt/fac
ENV PATH=/opt/fac/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FAC_HOST=0.0.0.0 \
    FAC_DATA=/var/lib/fac
WORKDIR /var/lib/fac
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
ENTRYPOINT ["fac"]
CMD ["serve"]
