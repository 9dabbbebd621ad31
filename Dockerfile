# One image for every process of the service: the API (the default command), `python -m app relay`,
# `python -m app consume` and `python -m app migrate`. docs/DEPLOYMENT.md shows how to build and run it.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# requirements-otel.txt adds what traces need.
ARG REQUIREMENTS=requirements-prod.txt
WORKDIR /srv
COPY ${REQUIREMENTS} /tmp/requirements.txt
# A private index: `--secret id=pip,src=pip.conf`. Without `unchecked-hash` the same sources would
# give another image each time.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python3 -m venv --without-pip /opt/venv \
    && python3 -m pip --python /opt/venv/bin/python install --no-cache-dir --no-compile \
        --only-binary :all: --require-hashes --requirement /tmp/requirements.txt \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv
COPY migrations migrations
COPY app app
RUN python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash app migrations \
    && install -d -o 10001 -g 10001 logs

FROM ${PYTHON_IMAGE} AS runtime
ARG VERSION=1.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Catalog Service" \
      org.opencontainers.image.description="A product catalogue: a layered, asynchronous REST microservice." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    METRICS_HOST=0.0.0.0 \
    METRICS_PORT=9100
WORKDIR /srv
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv /srv
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 8000 9100
# The API, the relay and the consumer all serve this path on METRICS_PORT.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; peer = http.client.HTTPConnection('127.0.0.1', int(os.environ['METRICS_PORT']), timeout=4); peer.request('GET', '/health/live'); sys.exit(peer.getresponse().status != 200)"]
# WEB_CONCURRENCY sets the number of workers; one by default.
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000", \
     "--http", "app.infrastructure.http_protocol:BoundedHttpProtocol", "--ws", "none", \
     "--no-access-log", "--no-proxy-headers", "--no-server-header", \
     "--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "20", \
     "--log-config", "app/config/uvicorn_log.json"]

# With the development auth service, which issues tokens to everybody: never deploy this one.
FROM runtime AS development
COPY devtools devtools

FROM runtime
